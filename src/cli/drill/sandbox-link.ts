/** The link of a drill in a sandbox. */
export const sandboxLink = 'east-west'
