/** What our check run, or commit status, is called: branch protection may require it under this name. */
export const OWN_CHECK = 'millwright'
