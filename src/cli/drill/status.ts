import { textFromDurationMs } from '../../core/duration.ts'
import type { DrillStatus } from '../../drill/site.ts'
import type { Context } from '../context.ts'
import type { Progress } from '../progress.ts'

/** How often plain lines, which stay, say how a drill stands. */
const plainEveryMs = 10_000

/** Shows how a drill stands: beside the step on a terminal, and elsewhere as a line now and then. */
export function statusOf(
  progress: Pick<Progress, 'status' | 'note'>,
  {
    io,
    time,
  }: { readonly io: Pick<Context['io'], 'isErrTerminal'>; readonly time: Pick<Context['time'], 'monotonic'> },
): (status: DrillStatus) => void {
  let saidAt: number | undefined
  return (status) => {
    if (io.isErrTerminal) {
      progress.status(`(${textOfStatus(status)})`)
      return
    }
    const now = time.monotonic()
    saidAt ??= now
    if (now - saidAt < plainEveryMs) return
    saidAt = now
    progress.note(`  ${textOfStatus(status)}`)
  }
}

export function textOfStatus({ elapsedMs, sourceRate, destinationRate, lag }: DrillStatus): string {
  const rates = `canary ${sourceRate}/s on the source, ${destinationRate}/s on the destination`
  const behind = lag === undefined ? '' : `, mirror ${lag} behind`
  return `${textFromDurationMs(elapsedMs)}, ${rates}${behind}`
}
