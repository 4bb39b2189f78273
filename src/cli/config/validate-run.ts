import { checkTlsFiles } from '../../config/check-tls.ts'
import { loadConfig } from '../../config/load.ts'
import { looseSecretFiles } from '../../config/loose-files.ts'
import { redactedCluster } from '../../config/redacted.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { printable } from '../printable.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface ConfigValidateOptions extends GlobalOptions {
  readonly output: OutputFormat
}

/** Loading is the check: it throws with every problem there is. Properties files, certificates and keys are read, too; what a reference stands for is not asked for. */
export async function runConfigValidate(
  { config, output }: ConfigValidateOptions,
  context: Context,
): Promise<ExitCode> {
  const loaded = await loadConfig(config, context)
  const { file, by, clusters } = loaded
  for (const [name, entry] of clusters) await redactedCluster(loaded, name, entry)
  await checkTlsFiles(loaded)
  for (const loose of await looseSecretFiles(loaded)) {
    context.io.err(`warning: ${printable(loose)} holds secrets and can be read by every user (chmod o-r)\n`)
  }
  const names = [...clusters.keys()]
  if (output !== 'table') {
    context.io.out(documentText(output, 'georep.config-validate/1', { file, by, isValid: true, clusters: names }))
  } else {
    const counted = names.length === 1 ? '1 cluster' : `${names.length} clusters`
    context.io.out(`ok: ${printable(file)} (${counted}: ${names.join(', ')})\n`)
  }
  return ExitCode.ok
}
