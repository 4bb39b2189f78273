import { join } from 'node:path'
import type { SandboxDeps } from '../deps.ts'
import { scopeOf } from '../folders.ts'
import type { Jvm } from '../jvm.ts'
import type { ClusterRecord, SandboxRecord, WorkerRecord } from '../record.ts'
import { restJvmOptions } from './rest-access.ts'

/** A worker's process: where its settings and logs lie, and what marks it. */
export function jvmOfWorker(
  record: SandboxRecord,
  worker: WorkerRecord,
  deps: Pick<SandboxDeps, 'env' | 'home' | 'platform'>,
): Jvm {
  // Unlike that of any broker, which ends with a dash and a number.
  const role = `connect-w${worker.id}`
  const marker = { scope: scopeOf(deps), sandbox: record.name, id: record.id, role }
  const jvmOptions = [...(record.connect?.jvmOptions ?? []), ...restJvmOptions(record)]
  return { folder: join(record.folder, role), name: 'worker', marker, jvmOptions }
}

/** The cluster that the workers are attached to, and which is beside them where there is a WAN: the last one. */
export function clusterOfConnect({ clusters }: Pick<SandboxRecord, 'clusters'>): ClusterRecord {
  const last = clusters.at(-1)
  if (last === undefined) throw new Error('a sandbox has a cluster')
  return last
}
