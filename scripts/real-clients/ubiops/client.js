/** UbiOps' Python client and command line, as they speak `/v2.1`. */
export default {
  title: 'ubiops 4.14.0 with ubiops-cli 2.31.0',
  requirement: 'ubiops-cli==2.31.0', // takes exactly that client
  simulator: { platform: 'ubiops', dialect: 'v2.1', speed: 60 },
};
