import { type Wait, withDeadline } from '../core/time.ts'
import { type Answer, exchange, TooLongError } from './exchange.ts'
import { brokenOff, type Call, isRebalancing, late, stillRebalancing, wasNeverSent } from './failures.ts'
import type { ConnectSettings } from './settings.ts'

export interface Limits {
  /** For one answer to what only reads. */
  readonly readMs: number
  /** For one answer to what acts or validates: longer than the 90 s after which Connect itself gives up, so that it can say so. */
  readonly actMs: number
  /** How long a cluster may be rebalancing. */
  readonly rebalanceMs: number
}

export const usualLimits: Limits = { readMs: 30_000, actMs: 100_000, rebalanceMs: 60_000 }

/** How often what can be repeated is sent when the connection breaks. */
const sendings = 3
const againMs = 200
const rebalanceEveryMs = 500

export interface Sender {
  readonly settings: ConnectSettings
  readonly wait: Wait
  readonly limits: Limits
}

/**
 * Sends a call until it is answered otherwise than with "not now, I am rebalancing": with that Connect has done nothing, so that anything may be
 * sent again. What can be repeated is sent again, too, when the connection breaks.
 *
 * @throws the signal's reason, or a GeorepError: see `failures.ts`
 */
export async function send(call: Call, sender: Sender, signal: AbortSignal): Promise<Answer> {
  const { settings, wait, limits } = sender
  const { url } = settings
  const past = { mayHaveArrived: false, broken: 0 }
  for (let waitedMs = 0; ; waitedMs += rebalanceEveryMs) {
    const answer = await answered(call, past, sender, signal)
    if (!isRebalancing(answer)) return answer
    if (waitedMs >= limits.rebalanceMs)
      throw stillRebalancing(call, url, answer, { afterMs: limits.rebalanceMs, ...past })
    await wait(rebalanceEveryMs, signal)
  }
}

/** What became of the sendings before. */
interface Past {
  /** Whether one of an act may have been done though no answer came. */
  mayHaveArrived: boolean
  broken: number
}

async function answered(
  call: Call,
  past: Past,
  { settings, wait, limits }: Sender,
  signal: AbortSignal,
): Promise<Answer> {
  const { url } = settings
  const timeoutMs = call.method === 'GET' ? limits.readMs : limits.actMs
  for (;;) {
    const deadline = withDeadline(signal, timeoutMs)
    try {
      return await exchange(call, settings, deadline)
    } catch (error) {
      signal.throwIfAborted()
      if (deadline.aborted) throw late(call, url, timeoutMs)
      const hasArrived = !wasNeverSent(error)
      past.mayHaveArrived ||= call.isAct && hasArrived
      past.broken += 1
      const isRepeatable = (call.method === 'GET' || call.method === 'PUT') && !(error instanceof TooLongError)
      const canRepeat = isRepeatable && hasArrived && past.broken < sendings
      if (!canRepeat) throw brokenOff(call, url, error, past.mayHaveArrived)
      await wait(againMs, signal)
    }
  }
}
