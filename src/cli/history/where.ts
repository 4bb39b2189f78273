import { commandLine } from '../command-line.ts'
import { printable } from '../printable.ts'
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

/** Names that are told one by one. */
const toldApart = 20

/** What is said of files that are in the folder and not georep's; lines, or none. */
export function foreignText(names: readonly string[]): string {
  const lines = names.slice(0, toldApart).map((name) => `warning: "${printable(name)}" is not a record of georep, and is left alone\n`) // prettier-ignore
  const more = names.length - toldApart
  return `${lines.join('')}${more > 0 ? `warning: and ${more} more\n` : ''}`
}
