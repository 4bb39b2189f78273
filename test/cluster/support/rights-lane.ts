import { readFileSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { expect } from 'vitest'
import type { Io } from '../../../src/cli/context.ts'
import { systemTime } from '../../../src/cli/system-time.ts'
import { type Right, rightText } from '../../../src/core/acl.ts'
import type { Side } from '../../../src/core/needs.ts'
import type { Subject } from '../../../src/core/filled-rights.ts'
import { rightsFor, type Verb } from '../../../src/core/permissions.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import type { SandboxOptions } from '../../../src/sandbox/start.ts'
import { openAsAdmin } from '../../../src/sandbox/secure/grant.ts'
import { run, type Ran } from '../../support/context.ts'
import { adminOf } from './kafkajs-client.ts'
import { type Going, startHere } from './going.ts'
import { onceKnown } from './observe.ts'
import { ownSandbox } from './sandbox.ts'
import { randomId } from './sandbox-deps.ts'
import { addScramUsers } from './scram-users.ts'
import { Acls, securedClient, StateReader } from './secured.ts'

export const sides = ['source', 'destination'] as const

/** A right, and the side on which it is needed. */
export interface Needed {
  readonly side: Side
  readonly right: Right
}

/** A secured sandbox, looked at by kafkajs as the super user. */
export class SecuredClusters implements AsyncDisposable {
  readonly sandbox: Sandbox<'east' | 'west'>
  readonly kafka: Readonly<Record<Side, Kafka>>
  readonly admins: Readonly<Record<Side, Admin>>
  readonly #states: Partial<Record<Side, Promise<StateReader>>> = {}

  private constructor(sandbox: Sandbox<'east' | 'west'>) {
    const files = sandbox.secure!
    const { east, west } = sandbox.clusters
    this.sandbox = sandbox
    this.kafka = { source: securedClient(east, files), destination: securedClient(west, files) }
    this.admins = { source: adminOf(this.kafka.source), destination: adminOf(this.kafka.destination) }
  }

  /** @param principals besides `georep`, with the same password */
  static async start(
    principals: readonly string[],
    more: Pick<SandboxOptions, 'connect'> = {},
  ): Promise<SecuredClusters> {
    const clusters = new SecuredClusters(await ownSandbox({}, { isSecure: true, ...more }))
    const { sandbox, admins } = clusters
    await Promise.all(sides.map(async (side) => { await admins[side].connect() })) // prettier-ignore
    const password = readFileSync(sandbox.secure!.password.georep, 'utf8')
    for (const name of ['east', 'west'] as const) {
      await using cluster = await openAsAdmin(sandbox, name, { time: systemTime })
      await addScramUsers(cluster, principals, password)
    }
    return clusters
  }

  async write(topic: string, ...values: readonly string[]): Promise<void> {
    const producer = this.kafka.source.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic, messages: values.map((value) => ({ value })) })
    await producer.disconnect()
  }

  async commit(side: Side, groupId: string, topic: string, offset: string): Promise<void> {
    await this.admins[side].setOffsets({ groupId, topic, partitions: [{ partition: 0, offset }] })
  }

  async high(side: Side, topic: string): Promise<string> {
    return (await this.ends(side, [topic]))[0]!
  }

  /** By a client of its own: kafkajs asks for every topic that it was ever asked for, and fails when one of them is gone. */
  async ends(side: Side, topics: readonly string[]): Promise<readonly string[]> {
    return await onceKnown(async () => {
      const admin = adminOf(this.kafka[side])
      await admin.connect()
      try {
        return await Promise.all(topics.map(async (topic) => (await admin.fetchTopicOffsets(topic))[0]!.high))
      } finally {
        await admin.disconnect()
      }
    })
  }

  /** What the state topic holds of links, mirrors and fences now; on the source there is one of links that go the other way. */
  async state(side: Side = 'destination'): Promise<Readonly<Record<string, string>>> {
    this.#states[side] ??= StateReader.open(this.kafka[side])
    return await (await this.#states[side]).now()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const side of sides) await (await this.#states[side])?.[Symbol.asyncDispose]()
    for (const side of sides) await this.admins[side].disconnect()
    await this.sandbox[Symbol.asyncDispose]()
  }
}

/** Whom ACLs bind, by a georep.yaml of its own. */
interface Principal {
  readonly name: string
  readonly config: string
  readonly acls: Readonly<Record<Side, Acls>>
}

export interface Walk {
  readonly verb: Verb
  readonly argv: readonly string[]
  /** Of what is lacking, by its text, with the side before it where both need it; the rest is 1. */
  readonly codes?: Readonly<Record<string, number>>
  /** What it may leave behind all the same, and must say. */
  readonly says?: string
  readonly about?: Partial<Subject>
  /** Granted throughout. */
  readonly also?: readonly Needed[]
}

const context = {
  cwd: tmpdir(),
  home: tmpdir(),
  hostname: hostname(),
  pid: process.pid,
  time: systemTime,
  newId: randomId,
  kill: (pid: number, signal: NodeJS.Signals | 0) => process.kill(pid, signal),
}

/** One link with topics, a group and principals of its own: lanes of the same clusters do not see each other, and go side by side. */
export class Lane {
  readonly link: string
  readonly clusters: SecuredClusters
  readonly #names: Readonly<Record<Side, string>>
  readonly #subject: Subject
  readonly #isOwn: RegExp
  readonly #principals: readonly Principal[]
  readonly #adminConfig: string
  readonly #linkBack: string | undefined

  /**
   * @param lane what the names of its clusters end with
   * @param options.isOwn of topics and groups
   * @param options.linkBack of a lane whose topics go the way back: its source is looked at, too
   * @param options.connect of a link of mm2
   * @param options.principals the first is who acts; more of them look at the same time
   */
  constructor(
    clusters: SecuredClusters,
    lane: string,
    options: {
      readonly topics: readonly string[]
      readonly group: string
      readonly isOwn: RegExp
      readonly principals: readonly string[]
      readonly connect?: NonNullable<Subject['connect']>
      readonly linkBack?: string
    },
  ) {
    const { sandbox, admins } = clusters
    this.clusters = clusters
    this.#names = { source: `east${lane}`, destination: `west${lane}` }
    this.link = `east${lane}-west${lane}`
    const { topics, group, isOwn, principals, connect } = options
    const subject = { link: this.link, sourceTopics: topics, mirrorTopics: topics, groups: [group] }
    this.#subject = connect === undefined ? subject : { ...subject, connect }
    this.#isOwn = isOwn
    this.#linkBack = options.linkBack
    const configOf = (user: string, more: (text: string) => string = (text) => text): string => {
      const text = readFileSync(sandbox.configFile, 'utf8')
      const named = text.replace(/^ {2}(east|west):/gm, `  $1${lane}:`).replaceAll(/username: georep$/gm, `username: ${user}`) // prettier-ignore
      const file = join(sandbox.folder, `${user}${lane}.yaml`)
      writeFileSync(file, more(named))
      return file
    }
    const { password } = sandbox.secure!
    this.#adminConfig = configOf('admin', (text) => text.replaceAll(password.georep, password.admin))
    this.#principals = principals.map((name) => ({
      name,
      config: configOf(name),
      acls: {
        source: new Acls(admins.source, `User:${name}`),
        destination: new Acls(admins.destination, `User:${name}`),
      },
    }))
  }

  get config(): string {
    return this.#principal.config
  }

  get acls(): Readonly<Record<Side, Acls>> {
    return this.#principal.acls
  }

  get #principal(): Principal {
    return this.#principals[0]!
  }

  /** What may not change when a verb fails. */
  async snapshot(): Promise<unknown> {
    const { admins } = this.clusters
    const [sourceTopics, topics, denials, ...canaries] = await Promise.all([
      this.#topicsOf('source'),
      this.#topicsOf('destination'),
      this.#denials(),
      ...sides.map(async (side) => await this.#canaryGroupsOf(side)),
    ])
    const mirrors = topics.filter((topic) => topic !== '__georep')
    const [state, ends, committed] = await Promise.all([
      topics.includes('__georep') ? this.state() : {},
      mirrors.length === 0 ? [] : this.clusters.ends('destination', mirrors),
      Promise.all(this.#subject.groups.map(async (groupId) => await admins.destination.fetchOffsets({ groupId }))),
    ])
    const back = this.#linkBack === undefined ? {} : await this.#snapshotBack(this.#linkBack, sourceTopics)
    return { sourceTopics, topics, denials, canaries, state, ends, committed, back }
  }

  async #snapshotBack(link: string, topics: readonly string[]): Promise<unknown> {
    const own = topics.filter((topic) => topic !== '__georep')
    const configs = await this.clusters.admins.source.describeConfigs({
      includeSynonyms: false,
      resources: own.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    })
    const state = Object.entries(await this.clusters.state('source')).filter(([key]) => key.split('/')[1] === link)
    return { state, ends: await this.clusters.ends('source', own), configs: configs.resources }
  }

  /** What the state topic holds of the link now. */
  async state(): Promise<Readonly<Record<string, string>>> {
    const own = Object.entries(await this.clusters.state()).filter(([key]) => key.split('/')[1] === this.link)
    return Object.fromEntries(own)
  }

  async #topicsOf(side: Side): Promise<readonly string[]> {
    const all = await this.clusters.admins[side].listTopics()
    return all.filter((topic) => topic === '__georep' || this.#isOwn.test(topic)).toSorted()
  }

  async #canaryGroupsOf(side: Side): Promise<readonly string[]> {
    const { groups } = await this.clusters.admins[side].listGroups()
    return groups.map(({ groupId }) => groupId).filter((id) => id.startsWith('georep-') && this.#isOwn.test(id))
  }

  /** Source topics whose writers are denied something. */
  async #denials(): Promise<readonly string[]> {
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    const { resources } = await this.clusters.admins.source.describeAcls({
      resourceType: AclResourceTypes.TOPIC,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.DENY,
    })
    return resources.map(({ resourceName }) => resourceName).filter((topic) => this.#isOwn.test(topic)).toSorted() // prettier-ignore
  }

  /** One command of the principal who acts. */
  async georep(...argv: readonly string[]): Promise<Ran> {
    return await this.#run(this.#principal.config, argv)
  }

  /** One command of the super user. */
  async georepAsAdmin(...argv: readonly string[]): Promise<Ran> {
    return await this.#run(this.#adminConfig, argv)
  }

  /** One command of the principal who acts, at a terminal where the name that is asked for is typed once this is done. */
  async georepAsked(before: () => Promise<string>, ...argv: readonly string[]): Promise<Ran> {
    return await this.#run(this.#principal.config, argv, { canPrompt: true, ask: before })
  }

  async #run(config: string, argv: readonly string[], io: Partial<Io> = {}): Promise<Ran> {
    const words = argv[0] === '--config' ? argv : ['--config', config, ...argv]
    // What a verb leaves where it is typed goes with the sandbox.
    return await run(words, { ...context, cwd: this.clusters.sandbox.folder, io, signal: AbortSignal.timeout(60_000) })
  }

  /** `link run` in this process, of the principal who acts or of the super user. */
  startRunner({ isAdmin = false }: { readonly isAdmin?: boolean } = {}): Going {
    const config = isAdmin ? this.#adminConfig : this.#principal.config
    return startHere(['--config', config, 'link', 'run', this.link, '--groups-interval', '200ms'], context)
  }

  /** The rights of a verb, each with where it is needed. */
  required(verb: Verb, about: Partial<Subject> = {}): readonly Needed[] {
    const subject = { ...this.#subject, ...about }
    return sides.flatMap(
      (side) =>
      rightsFor([verb], side, subject, { isOptionalLeftOut: true }).map((right) => ({ side, right: this.#withLinkBack(right) })), // prettier-ignore
    )
  }

  /** Which link goes the other way georep finds out by itself: the table's `<link back>`. */
  #withLinkBack({ operation, resource }: Right): Right {
    if (resource.type === 'cluster' || this.#linkBack === undefined) return { operation, resource }
    return { operation, resource: { ...resource, name: resource.name.replace('<link back>', this.#linkBack) } }
  }

  /** Exactly these, of the principal who acts unless another is named. */
  async grant(rights: readonly Needed[], principal = this.#principal): Promise<void> {
    await Promise.all(
      sides.map(async (side) => {
        await principal.acls[side].set(rights.filter((one) => one.side === side).map(({ right }) => right))
      }),
    )
  }

  named({ side, right }: Needed, { name } = this.#principal): string {
    return `needs ${rightText(right)} at cluster "${this.#names[side]}" for User:${name}`
  }

  /** Of a verb that acts: with each of its rights taken away in turn it is refused and changes nothing; and with all of them it passes. */
  async walk(walk: Walk): Promise<Ran> {
    let before = await this.snapshot()
    for (const one of this.required(walk.verb, walk.about)) {
      const err = await this.#refused(this.#principal, one, walk)
      if (walk.says === undefined) continue
      const after = await this.snapshot()
      if (!err.includes(walk.says)) expect(after, err).toEqual(before)
      before = after
    }
    expect(await this.snapshot(), `${walk.verb}, refused`).toEqual(before)
    return await this.#passed(walk)
  }

  /** As `walk`, of a verb that only looks, or looks at what it may do before it acts: by all principals of the lane at the same time. */
  async walkAtOnce(walk: Walk): Promise<Ran> {
    const before = await this.snapshot()
    const left = [...this.required(walk.verb, walk.about)]
    await Promise.all(
      this.#principals.map(async (principal) => {
        for (let one = left.shift(); one !== undefined; one = left.shift()) await this.#refused(principal, one, walk)
      }),
    )
    expect(await this.snapshot(), `${walk.verb}, refused`).toEqual(before)
    return await this.#passed(walk)
  }

  /** @returns what it printed on stderr */
  async #refused(principal: Principal, one: Needed, walk: Walk): Promise<string> {
    const { verb, argv, about, codes = {}, also = [] } = walk
    const others = this.required(verb, about).filter((other) => JSON.stringify(other) !== JSON.stringify(one))
    await this.grant([...others, ...also], principal)
    const { code, out, err } = await this.#run(principal.config, argv)
    const lacking = rightText(one.right)
    const text = `${verb} without ${lacking} at ${this.#names[one.side]}:\n${out}${err}`
    expect(`${out}${err}`, text).toContain(this.named(one, principal))
    expect(code, text).toBe(codes[`${one.side}: ${lacking}`] ?? codes[lacking] ?? codes['*'] ?? 1)
    return err
  }

  async #passed({ verb, argv, about, also = [] }: Walk): Promise<Ran> {
    await this.grant([...this.required(verb, about), ...also])
    const ran = await this.georep(...argv)
    expect(ran.code, `${verb} with all its rights:\n${ran.out}${ran.err}`).toBe(0)
    return ran
  }
}
