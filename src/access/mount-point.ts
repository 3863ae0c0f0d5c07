/** Whether a file is a mount point: one that is mounted alone, not with its folder, cannot be replaced. */
import { readFile, realpath } from 'node:fs/promises';

/** Whether a file, or what a link there leads to, is mounted by itself. Nowhere but on Linux. */
export async function isMountPoint(file: string): Promise<boolean> {
  const [target, mounts] = await Promise.all([
    realpath(file).catch(() => file),
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
  ]);
  return mountPointsIn(mounts).includes(target);
}

/** The fifth field of each line of proc(5)’s mountinfo, in which white space and backslashes are octal. */
export const mountPointsIn = (mountinfo: string): string[] =>
  mountinfo.split('\n').flatMap((line) => {
    const field = line.split(' ')[4];
    return field === undefined
      ? []
      : [field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))];
  });
