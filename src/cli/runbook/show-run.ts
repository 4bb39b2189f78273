import { outlineFrom } from '../../runbook/load.ts'
import type { Outline } from '../../runbook/schema.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { facts, table } from '../table.ts'
import { findRunbook } from './find-runbook.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface RunbookShowOptions extends GlobalOptions {
  readonly name: string
  readonly source: boolean
  readonly output: OutputFormat
}

export async function runRunbookShow(options: RunbookShowOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const { file, text } = await findRunbook(options.name, context)
  const outline = outlineFrom(text, file)
  if (options.source) io.out(text)
  else if (options.output !== 'table')
    io.out(documentText(options.output, 'georep.runbook-show/1', viewOf(outline, file))) // prettier-ignore
  else io.out(render(outline, file))
  return ExitCode.ok
}

function viewOf(
  { name, mode = 'planned', description, link, variables = {}, steps, rollback = [], drill }: Outline,
  file: string,
): object {
  // prettier-ignore
  const short = ({ id, kind }: Outline['steps'][number]): object => ({ id, kind })
  return {
    name,
    file,
    mode,
    description,
    link,
    drill: drill ?? null,
    variables: Object.entries(variables).map(([variable, one]) => ({ name: variable, description: one.description, default: one.default ?? null })), // prettier-ignore
    steps: steps.map(short),
    rollback: rollback.map(short),
  }
}

function render(
  { name, mode = 'planned', description, link, variables = {}, steps, rollback = [], drill }: Outline,
  file: string,
): string {
  // prettier-ignore
  const head = facts([
    ['Runbook', name],
    ['File', file],
    ['Mode', mode],
    ['Link', link],
    ['Does', description],
    ...(drill === undefined ? [] : [['Drill', drillText(drill)] as const]),
  ])
  const given = Object.entries(variables).map(([variable, one]) => [variable, one.default ?? '(has to be given)', one.description]) // prettier-ignore
  const all = [...steps.map((one) => ['steps', one] as const), ...rollback.map((one) => ['rollback', one] as const)]
  const rows = all.map(([section, { id, kind }]) => [section, id, kind])
  const variableTable = given.length === 0 ? '' : `\n${table([{ title: 'VARIABLE' }, { title: 'DEFAULT' }, { title: 'WHAT' }], given)}` // prettier-ignore
  return `${head}${variableTable}\n${table([{ title: 'SECTION' }, { title: 'STEP' }, { title: 'KIND' }], rows)}`
}

/** As it is written: its variables have no values. */
function drillText(drill: NonNullable<Outline['drill']>): string {
  const words = (value: unknown): string =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
          .map(([name, one]) => `${name} ${words(one)}`)
          .join(', ')
      : String(value)
  return Object.entries(drill)
    .map(([name, value]) => (name === 'mode' ? String(value) : `${name}: ${words(value)}`))
    .join('; ')
}
