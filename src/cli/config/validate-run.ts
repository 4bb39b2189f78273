import { loadConfig } from '../../config/load.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { jsonDocument } from '../json.ts'
import { printable } from '../printable.ts'
import type { ConfigValidateOptions } from './validate.ts'

/** Loading is the check: it throws with every problem there is. */
export async function runConfigValidate(
  { config, output }: ConfigValidateOptions,
  context: Context,
): Promise<ExitCode> {
  const { file, by, clusters } = await loadConfig(config, context)
  const names = [...clusters.keys()]
  if (output === 'json') {
    context.io.out(jsonDocument('georep.config-check/1', { file, by, isValid: true, clusters: names }))
  } else {
    const counted = names.length === 1 ? '1 cluster' : `${names.length} clusters`
    context.io.out(`ok: ${printable(file)} (${counted}: ${names.join(', ')})\n`)
  }
  return ExitCode.ok
}
