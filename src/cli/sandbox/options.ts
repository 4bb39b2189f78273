import { withSwitches } from '../options.ts'
import { InvalidArgumentError, type Command } from 'commander'
import { isSandboxName } from '../../sandbox/name.ts'
import { bytesPerSecond, positiveDurationMs } from '../args.ts'

/** `--name`, which every verb of a sandbox has. */
export function withSandboxName(command: Command): Command {
  return command.option('--name <sandbox>', 'which sandbox, when there are several', sandboxName, 'default')
}

/** How large a sandbox is, and how far apart its clusters are; undefined where nothing was said. */
export interface SandboxShape {
  readonly brokers: number | undefined
  /** Milliseconds, both ways together. */
  readonly wanLatency: number | undefined
  /** Bytes a second, each way. */
  readonly wanBandwidth: number | undefined
  /** TLS, SCRAM and an authorizer. */
  readonly secure: boolean
}

/** `--brokers`, `--wan-latency`, `--wan-bandwidth` and `--secure`, for verbs that start a sandbox. */
export function withSandboxShape(command: Command): Command {
  return withSwitches(command, {
    '--secure': 'with TLS, SCRAM and an authorizer, which permits georep what the documentation lists',
  })
    .option('--brokers <n>', 'brokers a side: 1, or 3 with topics replicated over all (default 1)', brokersASide)
    .option('--wan-latency <duration>', 'round trip time between the regions, half of it each way', positiveDurationMs)
    .option('--wan-bandwidth <rate>', 'what passes between the regions, each way, such as 20MB/s', bytesPerSecond)
}

/** Kafka Connect in a sandbox. */
export interface ConnectShape {
  readonly connect: boolean
  readonly workers: number | undefined
  readonly exactlyOnce: boolean
}

/** `--connect`, `--workers` and `--exactly-once`, for verbs that start a sandbox. */
export function withConnectShape(command: Command): Command {
  return withSwitches(command, {
    '--connect': 'with Kafka Connect beside the destination, for links of MirrorMaker 2',
    '--exactly-once': 'with --connect: workers that write exactly once',
  }).option('--workers <n>', 'with --connect: how many workers, up to 5 (default 1)', workers)
}

/** The words that say it again, for a command to be typed. */
export function wordsOfConnect({ connect, workers, exactlyOnce }: ConnectShape): readonly string[] {
  if (!connect) return []
  const more = workers === undefined ? [] : ['--workers', workers.toString()]
  return ['--connect', ...more, ...(exactlyOnce ? ['--exactly-once'] : [])]
}

/** The words that say it again, for a command to be typed. */
export function wordsOfShape({ brokers, wanLatency, wanBandwidth, secure }: SandboxShape): readonly string[] {
  return [
    ...(brokers === undefined ? [] : ['--brokers', brokers.toString()]),
    ...(wanLatency === undefined ? [] : ['--wan-latency', `${wanLatency}ms`]),
    ...(wanBandwidth === undefined ? [] : ['--wan-bandwidth', `${wanBandwidth}B/s`]),
    ...(secure ? ['--secure'] : []),
  ]
}

function sandboxName(text: string): string {
  if (!isSandboxName(text)) {
    throw new InvalidArgumentError('Expected lower case letters, digits and "-", at most 40, starting with a letter or digit.') // prettier-ignore
  }
  return text
}

/** Each is a JVM of some hundred megabytes. */
function workers(text: string): number {
  if (!/^[1-5]$/.test(text)) throw new InvalidArgumentError('Expected a number from 1 to 5.')
  return Number(text)
}

/** Two would be no better than one: without either of them there is no quorum. */
function brokersASide(text: string): number {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('Expected 1 or 3.')
  return Number(text)
}
