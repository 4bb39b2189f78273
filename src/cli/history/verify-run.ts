import { resolve } from 'node:path'
import { inChainOrder, type Problem } from '../../history/chain.ts'
import { readExport } from '../../history/export.ts'
import { historyFolder } from '../../history/folder.ts'
import { foreignIn, problemsOf, readHistory } from '../../history/read.ts'
import type { RunSummary } from '../../history/record.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { foreignText, whereFlags } from './where.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface HistoryVerifyOptions extends GlobalOptions {
  /** An export to check instead of the folder. */
  readonly file: string | undefined
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

/** What was checked, and what came of it. */
export interface Verification {
  /** The folder, or the export. */
  readonly of: string
  /** In the order of the chain. */
  readonly runs: readonly RunSummary[]
  readonly problems: readonly Problem[]
  /** Whether the loss of the newest record would show. */
  readonly hasHead: boolean
  /** What is in the folder and not georep's. */
  readonly foreign: readonly string[]
}

export async function runHistoryVerify(options: HistoryVerifyOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const verification = await verify(options, context)
  const { of, runs, problems, hasHead, foreign } = verification
  if (options.output !== 'table')
    io.out(documentText(options.output, 'georep.history-verify/1', documentOf(verification)))
  else io.out(renderHistoryVerify(verification, styleOf(io)))
  io.err(foreignText(foreign))
  if (problems.length > 0) {
    const next = commandLine(options, 'history', 'export', '--file', 'history.jsonl', ...whereFlags(options.historyDir))
    io.err(`next: ${printable(next)}, and look for a copy\n`)
    return ExitCode.failed
  }
  if (runs.length === 0) {
    io.err(`no runs in ${printable(of)}: nothing was checked\n`)
    return ExitCode.unknown
  }
  if (!hasHead) io.err('warning: nothing names the newest record, so that its loss or change would not show\n')
  return ExitCode.ok
}

function renderHistoryVerify({ of, runs, problems }: Verification, style: Style): string {
  const stubs = runs.filter(({ prunedAt }) => prunedAt !== undefined).length
  const chain =
    problems.length > 0
      ? { text: 'broken', paint: style.bad }
      : runs.length > 0
        ? { text: 'intact', paint: style.ok }
        : { text: 'empty', paint: style.warn }
  const head = facts([
    ['Checked', of],
    ['Records', runs.length - stubs],
    ['Pruned', stubs],
    ['First', runs[0]?.id ?? 'none'],
    ['Newest', runs.at(-1)?.id ?? 'none'],
    ['Chain', chain],
  ])
  if (problems.length === 0) return head
  const rows = problems.map(({ id, name, what }) => [id ?? '-', name, what])
  return `${head}\n${table(
    ['RECORD', 'FILE', 'PROBLEM'].map((title) => ({ title })),
    rows,
  )}`
}

async function verify(options: HistoryVerifyOptions, context: Context): Promise<Verification> {
  if (options.file !== undefined) {
    const of = resolve(context.cwd, options.file)
    const { placed, problems, head } = await readExport(of, context)
    return { of, runs: placed.map(({ run }) => run), problems, hasHead: head.kind === 'head', foreign: [] }
  }
  const of = historyFolder(options.historyDir, context)
  const history = await readHistory(of)
  const runs = inChainOrder(history.placed).map(({ run }) => run)
  return { of, runs, problems: problemsOf(history), hasHead: history.head.kind === 'head', foreign: foreignIn(history) }
}

function documentOf({ of, runs, problems, hasHead }: Verification): unknown {
  const stubs = runs.filter(({ prunedAt }) => prunedAt !== undefined).length
  return {
    checked: of,
    intact: problems.length > 0 ? false : runs.length > 0 ? true : null,
    records: runs.length - stubs,
    pruned: stubs,
    first: runs[0]?.id ?? null,
    newest: runs.at(-1)?.id ?? null,
    isNewestNamed: hasHead,
    problems: problems.map(({ id = null, name, what }) => ({ id, file: name, problem: what })),
  }
}
