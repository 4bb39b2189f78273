import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installed, type Installed } from '../support/installed.ts'

// What ships is the program with all that it uses.

let georep: Installed
let dist: string
let files: readonly { readonly name: string; readonly text: string }[]
beforeAll(() => {
  georep = installed({ hasDist: true })
  dist = join(georep.folder, 'dist')
  files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({ name, text: readFileSync(join(dist, name), 'utf8') }))
})
afterAll(() => {
  georep.remove()
})

it('needs no other package', () => {
  expect(files.length).toBeGreaterThan(50)
  const outside = files.flatMap(({ name, text }) =>
    [...text.matchAll(/(?:^(?:import|export) .*\bfrom |^import |\bimport\(|require\()"([^"]+)"/gm)]
      .map(([, target = '']) => target)
      .filter((target) => !target.startsWith('.') && !builtinModules.includes(target.replace(/^node:/, '')))
      .map((target) => `${name} imports ${target}`),
  )
  expect(outside).toEqual([])
})

it('has the licence of every package that is in it', () => {
  const licenses = readFileSync(join(dist, 'LICENSES.txt'), 'utf8')
  const packages = new Set(
    files.flatMap(({ text }) =>
      [...text.matchAll(/^\/\/ (?:\.\.\/)*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name = '']) => name),
    ),
  )
  expect([...packages]).toEqual(expect.arrayContaining(['commander', 'kafkajs', 'zod']))
  expect([...packages].filter((name) => !licenses.includes(`${name} `))).toEqual([])
  expect(licenses.match(/Permission is hereby granted|Permission to use, copy, modify/g)?.length).toBeGreaterThan(packages.size - 5) // prettier-ignore
})

it('loads the login of kafkajs where a cluster wants one, not with the connection', () => {
  const holds = (part: string): readonly string[] =>
    files.flatMap(({ name, text }) => (text.includes(`node_modules/kafkajs/src/${part}\n`) ? [name] : []))
  expect(holds('network/connection.js')).toEqual([join('shared', 'connection.js')])
  expect(holds('broker/saslAuthenticator/index.js')).toEqual([join('shared', 'saslAuthenticator.js')])
})
