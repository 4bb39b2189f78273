import { watch } from 'node:fs'
import { GeorepError, messageOf } from '../../core/errors.ts'
import type { SandboxDeps } from '../deps.ts'
import { readRecord } from '../record.ts'
import { routesOf } from './handle.ts'
import { openWan } from './proxy.ts'
import { readOrder, shapeOrder } from './shape-order.ts'

/**
 * Is the WAN of a sandbox until the signal: what the process does that `startWan` starts. It begins as the record says, and becomes what it is told
 * by an order in the sandbox's folder, to which it says so.
 *
 * @param say a line for whoever gave the order
 */
export async function serveWan(
  name: string,
  deps: SandboxDeps,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<void> {
  const record = await readRecord(name, deps)
  if (record?.wan === undefined) {
    throw new GeorepError('failed', 'GR-NO-WAN', `there is no sandbox "${name}" with a WAN`, {
      next: `georep sandbox up --name ${name} --wan-latency 80ms`,
    })
  }
  const { roundTripMs, bytesPerSecond } = record.wan
  await using wan = await openWan({
    roundTripMs,
    bytesPerSecond,
    routes: routesOf(record),
    monotonic: deps.time.monotonic,
  })
  const orders = watch(record.folder, (_event, file) => {
    if (file !== shapeOrder) return
    readOrder(record.folder).then(
      (order) => {
        if (order === undefined) return
        wan.reshape(order)
        say(order.id)
      },
      (error: unknown) => {
        say(`an order that cannot be read: ${messageOf(error)}`)
      },
    )
  })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => { resolve() }, { once: true }) // prettier-ignore
  })
  orders.close()
}
