import { GeorepError, type ErrorDetails } from '../core/errors.ts'
import { errorAnswer, parsed } from './answers.ts'
import { type Answer, type BrokenError, type Exchange } from './exchange.ts'
import { withoutSecrets } from './secrets.ts'

/** What a call is, for the sentence that says that it failed. */
export interface Call extends Exchange {
  /** Such as `stop connector "a"`. */
  readonly what: string
  /** Whether it changes anything: then an answer that is lost leaves it open whether it did. */
  readonly isAct: boolean
  /** In none of them may stand what is in a message. */
  readonly secrets: readonly string[]
  /** What else helps where nothing answers. */
  readonly elsewhere?: string | undefined
}

const look = 'look at the connector before you do it again'
/** Of what Connect says. Without it a page of some other server would fill the screen. */
const maxMessage = 4_000

/**
 * A failure of what a call was sent over, or of its answer.
 *
 * @param mayHaveArrived of an act: this time, or when it was sent before
 */
export function brokenOff(call: Call, url: string, error: BrokenError, mayHaveArrived: boolean): GeorepError {
  const why = withoutSecrets(error.message, call.secrets)
  if (mayHaveArrived) return open(call, url, why)
  if (error.isTooLong) return noConnect(call, url, why)
  return new GeorepError('unreachable', 'GR-CONNECT-UNREACHABLE', `no answer from Kafka Connect at "${url}": ${why}`, {
    next: nextOfReason(error, call),
    cause: error,
  })
}

export function late(call: Call, url: string, timeoutMs: number, mayHaveArrived: boolean): GeorepError {
  const why = `no answer within ${timeoutMs / 1000} s`
  if (mayHaveArrived) return open(call, url, why)
  return new GeorepError('unreachable', 'GR-CONNECT-TIMEOUT', `Kafka Connect at "${url}" does not answer: ${why}`, {
    next: orElsewhere('try again; a worker that is rebalancing or overloaded answers late', call),
  })
}

export function stillRebalancing(
  call: Call,
  url: string,
  answer: Answer,
  { afterMs, mayHaveArrived }: { readonly afterMs: number; readonly mayHaveArrived: boolean },
): GeorepError {
  if (mayHaveArrived) return open(call, url, `it is rebalancing still after ${afterMs / 1000} s`, saying(call, answer))
  const message = `Kafka Connect at "${url}" did not ${call.what}: it is rebalancing still after ${afterMs / 1000} s`
  return new GeorepError('timedOut', 'GR-CONNECT-REBALANCING', message, {
    ...saying(call, answer),
    next: 'wait until its workers have settled, then try again: nothing was changed',
  })
}

/** What an answer says other than that it was done. */
export function notDone(call: Call, url: string, answer: Answer): GeorepError {
  const { status } = answer
  const text = messageOf(answer)
  if (status >= 300 && status < 400)
    return noConnect(call, url, 'it redirects to another address, which is not followed')
  if (status === 401 || status === 403) {
    return new GeorepError('denied', 'GR-CONNECT-DENIED', `Kafka Connect at "${url}" does not let georep ${call.what} (status ${status})`, {
      next: 'check username and password under "connect" of the cluster in georep.yaml',
    }) // prettier-ignore
  }
  if (text === undefined && status < 500)
    return noConnect(call, url, `status ${status}, and nothing that Kafka Connect says`)
  if (isOfPath(answer) && call.path === '/')
    return noConnect(call, url, 'Kafka Connect answers there, and has no such path')
  if (isOfPath(answer) && hasPath(url))
    return noConnect(
      call,
      url,
      'Kafka Connect answers there, and has no such path: that of the URL is wrong, or its workers are older than Kafka 3.7',
    )
  if (status === 405 || isOfPath(answer)) return tooOld(call, url)
  if (status === 404) return gone(call, url, answer)
  if (status === 409) {
    return new GeorepError('refused', 'GR-CONNECT-EXISTS', `Kafka Connect at "${url}" did not ${call.what}: it is there already`, {
      ...saying(call, answer),
      next: 'choose another name, or delete that connector',
    }) // prettier-ignore
  }
  if (status === 400) {
    return new GeorepError('refused', 'GR-CONNECT-REFUSED', `Kafka Connect at "${url}" refuses to ${call.what}`, {
      ...saying(call, answer),
      next: 'correct what it says above and run the same command again',
    })
  }
  // What a proxy or a worker has lost, or could not write in time, may be done all the same; and of what it writes in two steps, one.
  if (call.isAct && status >= 500) return open(call, url, `status ${status}`, saying(call, answer))
  if (text?.startsWith('Request timed out') === true) return late(call, url, connectsOwnPatienceMs, false)
  return new GeorepError('failed', 'GR-CONNECT-FAILED', `Kafka Connect at "${url}" could not ${call.what} (status ${status})`, {
    ...saying(call, answer),
    next: 'look into the log of its workers',
  }) // prettier-ignore
}

/** It was answered, but not as Kafka Connect answers. */
export function notUnderstood(call: Call, url: string): GeorepError {
  const why = 'an answer that is not of Kafka Connect, or of a version that georep does not know'
  return call.isAct ? open(call, url, why) : noConnect(call, url, why)
}

/** Whether Connect says that there is no such connector, and not that it knows no such path. */
export function isAbsent(answer: Answer): boolean {
  return answer.status === 404 && messageOf(answer) !== undefined && !isOfPath(answer)
}

/** Whether Connect failed in the middle of telling, which passes: it does so while a connector is written anew. Its patience was not over. */
export function hasStumbled(answer: Answer): boolean {
  const text = messageOf(answer)
  return answer.status === 500 && text !== undefined && !isCutOff(text)
}

/** 409 has two meanings. @returns true for "not now", of a cluster that is rebalancing */
export function isRebalancing(answer: Answer): boolean {
  const text = messageOf(answer)
  return answer.status === 409 && text !== undefined && !/already exists/i.test(text)
}

/** DEFAULT_REST_REQUEST_TIMEOUT_MS: a worker answers with a failure after it, while what it was asked for may go on. */
const connectsOwnPatienceMs = 90_000

/** A worker that lost its leader, or that ran out of patience. */
function isCutOff(text: string): boolean {
  return /^(Request timed out|IO Error trying to forward)/.test(text)
}

function open(call: Call, url: string, why: string, more: ErrorDetails = {}): GeorepError {
  const message = `it is not known whether Kafka Connect at "${url}" did ${call.what}: ${why}`
  return new GeorepError('unknown', 'GR-CONNECT-UNKNOWN', message, { ...more, next: look })
}

function noConnect(call: Call, url: string, why: string): GeorepError {
  return new GeorepError('failed', 'GR-CONNECT-ANSWER', `"${url}" did not ${call.what}: ${why}`, {
    next: `check that it is the address of Kafka Connect's REST interface`,
  })
}

function gone(call: Call, url: string, answer: Answer): GeorepError {
  return new GeorepError('failed', 'GR-CONNECT-ABSENT', `Kafka Connect at "${url}" could not ${call.what}: there is none`, {
    ...saying(call, answer),
    next: 'look whether somebody deleted the connector',
  }) // prettier-ignore
}

function tooOld(call: Call, url: string): GeorepError {
  return new GeorepError('unsupported', 'GR-CONNECT-VERSION', `Kafka Connect at "${url}" cannot ${call.what}: it is too old`, {
    next: 'use workers of Kafka 3.7 or newer',
  }) // prettier-ignore
}

/** Of a proxy, before that of a call. */
function hasPath(url: string): boolean {
  return new URL(url).pathname !== '/'
}

function isOfPath(answer: Answer): boolean {
  return messageOf(answer) === 'HTTP 404 Not Found'
}

/** What Connect says, undefined when it is not Connect that says it. */
function messageOf({ text }: Answer): string | undefined {
  return parsed(errorAnswer, text)?.message
}

function saying(call: Call, answer: Answer): ErrorDetails {
  const text = messageOf(answer)
  if (text === undefined) return {}
  const safe = withoutSecrets(text, call.secrets)
  return { stateNow: safe.length > maxMessage ? `${safe.slice(0, maxMessage)}…` : safe }
}

function nextOfReason({ cause, message }: BrokenError, call: Call): string {
  // What a server without TLS answers, read as TLS.
  if (/wrong version number|packet length too long/i.test(message)) return 'check the address: what answers there does not speak TLS, and would be reached by http://' // prettier-ignore
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'reach it by a name that its certificate has, or have it given one with this name' // prettier-ignore
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'have its certificate renewed, or the clock of this machine set right' // prettier-ignore
  if (/alert (?:certificate \w+|bad certificate|unknown ca)/i.test(message)) return 'it asks its clients for a certificate that it trusts: name one and its key under connect.tls.cert and connect.tls.key of the cluster in georep.yaml' // prettier-ignore
  return /CERT|ERR_TLS|ERR_SSL|EPROTO|SELF_SIGNED|UNABLE_TO/.test(code)
    ? 'name the authority of its certificate under connect.tls.ca of the cluster in georep.yaml'
    : orElsewhere('check the address, and that a worker of Kafka Connect runs there', call)
}

function orElsewhere(next: string, { elsewhere }: Call): string {
  return elsewhere === undefined ? next : `${next}\n${elsewhere}`
}
