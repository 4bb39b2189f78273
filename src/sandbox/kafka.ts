import { access } from 'node:fs/promises'
import { archiveFile } from './archive-file.ts'
import type { Report, SandboxDeps } from './deps.ts'
import { findJava } from './java.ts'
import { resolveKafkaJars } from './kafka-jars.ts'
import type { Kafka } from './jvm.ts'

/** Java, and the jars of Kafka: fetched when they are not there yet, which `report` is told of. */
export async function resolveKafka(
  deps: SandboxDeps,
  { report, signal, version }: { readonly report: Report; readonly signal: AbortSignal; readonly version?: string },
): Promise<Kafka> {
  const env = version === undefined ? deps.env : { ...deps.env, GEOREP_KAFKA_VERSION: version }
  const java = await findJava(deps, { signal })
  const jars = await resolveKafkaJars({ ...deps, env }, { report, signal })
  const archive = jars.cache === undefined ? undefined : archiveFile(jars.cache, java.version)
  const hasArchive = archive !== undefined && (await access(archive).then(() => true, () => false)) // prettier-ignore
  return { java, jars, archive: hasArchive ? archive : undefined }
}
