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
  const folder = brokerFolder(record, cluster, broker)
  const said: string[] = []
  let isPortTaken = false
  for (const file of ['broker.log', 'broker.out']) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '')
    isPortTaken ||= text.includes('Address already in use')
    if (text.trim() !== '') said.push(lastLines(text, 12))
  }
  return new GeorepError(
    'failed',
    isPortTaken ? 'GR-SANDBOX-PORT' : 'GR-SANDBOX-START',
    `cluster "${cluster.name}" of sandbox "${record.name}" did not start: ${why}`,
    {
      ...(said.length === 0 ? {} : { stateNow: said.join('\n') }),
      next: 'look at what the broker said above, then try again',
    },
  )
}
