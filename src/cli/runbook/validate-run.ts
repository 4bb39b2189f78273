import { runbookFrom } from '../../runbook/load.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { printable } from '../printable.ts'
import { findRunbook } from './find-runbook.ts'
import { givenOf, type Setting } from './options.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface RunbookValidateOptions extends GlobalOptions {
  readonly name: string
  readonly set: readonly Setting[] | undefined
  readonly output: OutputFormat
}

/** Loading is the check: it throws with every problem there is. */
export async function runRunbookValidate(options: RunbookValidateOptions, context: Context): Promise<ExitCode> {
  const { file, text } = await findRunbook(options.name, context)
  const { name, link, mode, hash, steps, rollback, drill } = runbookFrom(text, file, givenOf(options.set))
  context.io.out(
    options.output !== 'table'
      ? documentText(options.output, 'georep.runbook-validate/1', { file, name, link, mode, hash, isValid: true, drill: drill?.mode ?? null, steps: steps.length, rollback: rollback.length }) // prettier-ignore
      : `ok: ${printable(file)} (${steps.length} steps, ${rollback.length} to roll back, on link ${link}${drill === undefined ? '' : `; for a ${drill.mode} drill`})\n`,
  )
  return ExitCode.ok
}
