import { commandLine } from '../command-line.ts'
import type { GlobalOptions } from '../wiring.ts'

/** The flags with which the next command looks at the same folder. */
export function whereFlags(historyDir: string | undefined): readonly string[] {
  return historyDir === undefined ? [] : ['--history-dir', historyDir]
}

/** The command to type next, looking at the same folder as this one did. */
export function commandThere(
  options: Pick<GlobalOptions, 'config'> & { readonly historyDir: string | undefined },
): (...words: readonly string[]) => string {
  return (...words) => commandLine(options, ...words, ...whereFlags(options.historyDir))
}
