import { outlineFrom } from '../../runbook/load.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { table } from '../table.ts'
import { findRunbook } from './find-runbook.ts'
import { shippedNames } from './shipped.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface RunbookListOptions extends GlobalOptions {
  readonly output: OutputFormat
}

export async function runRunbookList({ output }: RunbookListOptions, context: Context): Promise<ExitCode> {
  const runbooks = await Promise.all(
    (await shippedNames(context)).map(async (name) => {
      const { file, text } = await findRunbook(name, context)
      const { description, mode = 'planned', variables = {}, drill } = outlineFrom(text, file)
      return { name, mode, drill: drill?.mode ?? null, description, variables: Object.keys(variables), file }
    }),
  )
  context.io.out(
    output !== 'table'
      ? documentText(output, 'georep.runbooks/1', { runbooks })
      : table(
          [{ title: 'NAME' }, { title: 'MODE' }, { title: 'DRILL' }, { title: 'VARIABLES' }, { title: 'DESCRIPTION' }],
          runbooks.map(({ name, mode, drill, variables, description }) => [
            name,
            mode,
            drill ?? '-',
            variables.join(','),
            description,
          ]),
        ),
  )
  return ExitCode.ok
}
