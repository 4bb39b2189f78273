import { GeorepError } from '../../core/errors.ts'
import type { SandboxDeps } from '../deps.ts'
import { readRecord } from '../record.ts'
import { routesOf } from './handle.ts'
import { openWan } from './proxy.ts'

/** Is the WAN of a sandbox until the signal: what the process does that `startWan` starts. */
export async function serveWan(
  name: string,
  deps: SandboxDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const record = await readRecord(name, deps)
  if (record?.wan === undefined) {
    throw new GeorepError('failed', 'GR-NO-WAN', `there is no sandbox "${name}" with a WAN`, {
      next: `georep sandbox up --name ${name} --wan-latency 80ms`,
    })
  }
  const { roundTripMs, bytesPerSecond } = record.wan
  await using _wan = await openWan({
    roundTripMs,
    bytesPerSecond,
    routes: routesOf(record),
    monotonic: deps.time.monotonic,
  })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => { resolve() }, { once: true }) // prettier-ignore
  })
}
