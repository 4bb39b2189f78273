import { GeorepError, messageOf } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import type { Cancel } from '../engine.ts'
import { askSource, type ConnectSeen, connectorGone, isConnectorGone, type SourceAnswers, type SourceConnector, toldOf } from './connector.ts' // prettier-ignore
import { connectorsWithin, type ConnectorsSeen } from './connectors-seen.ts'
import { elsewhere } from './plan-link.ts'
import type { Mm2Target } from './mm2-target.ts'

// What Kafka Connect is asked before an act, and what is said when it does not answer.

/** A Connect cluster that is rebalancing, or whose leader is gone, answers within this. */
const lookMs = 20_000

/** All that a plan has to know, of one look: the connector that moves the records for itself, so that it is told of when another is not. */
export async function lookAtConnect(
  target: Mm2Target,
  options: Cancel,
): Promise<{ readonly connector: ConnectSeen; readonly seen: ConnectorsSeen | { readonly why: string } }> {
  const { connect, link } = target
  const deadline = withDeadline(options.signal, lookMs)
  const source = askSource(connect, link, { signal: deadline })
  const [connector, seen] = await Promise.all([
    told(source, target, deadline, options),
    connectorsWithin(connect, link, options, { source, deadline, deadlineMs: lookMs }),
  ])
  return { connector, seen }
}

/** The link's connector; or why nothing is known of it. */
export async function connectSeen(target: Mm2Target, options: Cancel): Promise<ConnectSeen> {
  const signal = withDeadline(options.signal, lookMs)
  return await told(askSource(target.connect, target.link, { signal }), target, signal, options)
}

async function told(
  answers: Promise<SourceAnswers>,
  target: Mm2Target,
  deadline: AbortSignal,
  options: Cancel,
): Promise<ConnectSeen> {
  try {
    return toldOf(await answers, target)
  } catch (error) {
    options.signal.throwIfAborted()
    const why = deadline.aborted ? `Kafka Connect at "${target.connect.url}" does not answer within ${lookMs / 1000} s` : messageOf(error) // prettier-ignore
    if (isConnectorGone(error)) return { why, isGone: true }
    const next = error instanceof GeorepError && !deadline.aborted ? error.next : undefined
    return { why, isGone: false, next: next ?? answeringAgain(target) }
  }
}

/** @throws GeorepError "unreachable" GR-MM2-NO-CONNECT, or as `connectorGone`, with what can be done */
export function requireConnect({ connect, link }: Mm2Target, seen: ConnectSeen): asserts seen is SourceConnector {
  if (!('why' in seen)) return
  if (seen.isGone) throw connectorGone(link, connect)
  throw new GeorepError('unreachable', 'GR-MM2-NO-CONNECT', `the connectors of link "${link.name}" cannot be told anything: ${seen.why}`, {
    stateNow: 'nothing was changed',
    data: 'while its workers run they may append to the mirror topics',
    next: seen.next,
  }) // prettier-ignore
}

function answeringAgain({ connect, link }: Mm2Target): string {
  return `see to it that Kafka Connect answers at "${connect.url}", then run the command again\n${elsewhere(link.name)}`
}
