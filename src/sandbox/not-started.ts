import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError } from '../core/errors.ts'
import { brokerFolder } from './broker-places.ts'
import type { BrokerRecord, ClusterRecord, SandboxRecord } from './record.ts'
import { lastLines } from './run-command.ts'

/** Why a cluster did not start, with what its broker said last: its log is removed with the sandbox. GR-SANDBOX-PORT when somebody else has its port. */
export async function notStarted(
  record: SandboxRecord,
  cluster: ClusterRecord,
  broker: BrokerRecord,
  why: string,
): Promise<GeorepError> {
  const jvm = { folder: brokerFolder(record, cluster, broker), name: 'broker' }
  return await jvmNotStarted(record, `cluster "${cluster.name}"`, jvm, why)
}

/** The same for any JVM of a sandbox. */
export async function jvmNotStarted(
  record: SandboxRecord,
  what: string,
  { folder, name }: { readonly folder: string; readonly name: string },
  why: string,
): Promise<GeorepError> {
  const said: string[] = []
  let isPortTaken = false
  for (const file of [`${name}.log`, `${name}.out`]) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '')
    isPortTaken ||= text.includes('Address already in use')
    if (text.trim() !== '') said.push(lastLines(text, 12))
  }
  return new GeorepError(
    'failed',
    isPortTaken ? 'GR-SANDBOX-PORT' : 'GR-SANDBOX-START',
    `${what} of sandbox "${record.name}" did not start: ${why}`,
    {
      ...(said.length === 0 ? {} : { stateNow: said.join('\n') }),
      next: `look at what the ${name} said above, then try again`,
    },
  )
}
