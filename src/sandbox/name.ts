/** Lower case letters, digits and dashes: it becomes part of file names and of a marker. */
export function isSandboxName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(text)
}
