/** Pipes that a process is given have their writer: `… | georep` and `<(…)`. */
const given = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/

/**
 * Why what is there under a path must not be opened to be read, undefined where it may be: a named pipe waits for its writer, which no signal ends, and a
 * device may have no end.
 */
export function whyNotRead(
  path: string,
  found: { readonly isFile: () => boolean; readonly isFIFO: () => boolean },
): string | undefined {
  return found.isFile() || (found.isFIFO() && given.test(path)) ? undefined : 'it is not a regular file'
}
