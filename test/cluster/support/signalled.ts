import type { MessageHead } from '../../../src/kafka/wire/message.ts'

/** Of a process of georep: it has said that on stderr, or is about to send a request of that kind, the first one by default. */
export type Moment = { readonly said: string } | { readonly sends: MessageHead; readonly nth?: number }

/**
 * In the environment of a process that is to give itself this signal at that moment, once: nothing that comes behind it has begun by then, however fast the
 * machine is.
 */
export function signalledAt(moment: Moment, signal: 'SIGKILL' | 'SIGSTOP'): Readonly<Record<string, string>> {
  const once = `let isDone = false
const now = () => { if (!isDone) { isDone = true; process.kill(process.pid, '${signal}') } }
`
  // What goes to a pipe is out when the call returns.
  const saying = (text: string): string => `const { write } = process.stderr
let all = ''
process.stderr.write = function (...args) {
  const isWritten = write.apply(this, args)
  all += args[0]
  if (all.includes(${JSON.stringify(text)})) now()
  return isWritten
}`
  // The head of a request is written by itself: size, API key, version, correlation id, client id.
  const sending = ({ apiKey }: MessageHead, nth: number): string => `import { Socket } from 'node:net'
const { write } = Socket.prototype
let sent = 0
Socket.prototype.write = function (...args) {
  const [head] = args
  if (Buffer.isBuffer(head) && head.length > 14 && head.readInt16BE(12) === head.length - 14 && head.readInt16BE(4) === ${apiKey} && ++sent >= ${nth}) now()
  return write.apply(this, args)
}`
  const hook = once + ('said' in moment ? saying(moment.said) : sending(moment.sends, moment.nth ?? 1))
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` }
}
