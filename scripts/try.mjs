process.chdir('/work/wt-mutation');
const { strykerPlugins } = await import('/work/wt-mutation/scripts/mutation/runner.js');
const r = strykerPlugins[0].factory();
let t = Date.now();
await r.init();
console.log('init', Date.now() - t, r.files.length);
t = Date.now();
for (let i = 0; i < 3; i++) {
  const d = await r.dryRun();
  console.log('dry', Date.now() - t, d.tests.length);
  t = Date.now();
  for (const x of d.tests.filter((x) => x.status)) console.log(x.name, x.failureMessage.slice(0, 300));
  if (i == 0)
    for (const x of d.tests.sort((a, b) => b.timeSpentMs - a.timeSpentMs).slice(0, 25))
      console.log(x.timeSpentMs, x.name);
}
process.exit(0);
