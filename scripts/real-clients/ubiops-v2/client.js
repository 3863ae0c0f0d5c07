/** UbiOps' Python client and command line, as they speak `/v2`. */
export default {
  title: 'ubiops 4.15.0 with ubiops-cli 2.32.0',
  requirement: 'ubiops-cli==2.32.0', // takes exactly that client
  simulator: { platform: 'ubiops', dialect: 'v2', speed: 60 },
};
