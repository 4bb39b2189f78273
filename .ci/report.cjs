'use strict'
// Reads vitest's JSON reports, one a try, in the order of their names.
const { readFileSync } = require('node:fs')
const { basename, relative } = require('node:path')

const [what, ...files] = process.argv.slice(2)
const tries = files.map((file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults
  } catch {
    return undefined
  }
})
const nameOf = ({ name }) => relative(process.cwd(), name)
const isBroken = ({ status, assertionResults }) =>
  status === 'failed' || assertionResults.some((test) => test.status === 'failed')

if (what === 'broken') {
  // The files with failures; exit 1 when there are none, so that what went wrong was something else.
  const broken = (tries[0] ?? []).filter(isBroken).map(nameOf)
  if (broken.length === 0) process.exit(1)
  console.log(broken.join(' '))
} else {
  const last = new Map()
  for (const results of tries) for (const file of results ?? []) last.set(file.name, file)
  const all = [...last.values()]
  const count = (status) => all.flatMap((file) => file.assertionResults).filter((test) => test.status === status).length
  // A file that could not be read at all counts as one failure; so does a missing report.
  const unread = all.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed =
    count('failed') + unread.length + tries.filter((one) => one === undefined).length + (tries.length === 0 ? 1 : 0)

  // Named last, where a reader of a long log looks first.
  tries.forEach((results, index) => {
    const where = basename(files[index], '.json')
    for (const file of results ?? []) {
      const verdict = isBroken(last.get(file.name)) ? 'FAILED' : 'PASSED ONLY AT THE SECOND TRY'
      const broken = file.assertionResults.filter((test) => test.status === 'failed')
      if (isBroken(file) && broken.length === 0) console.log(`${verdict} (${where}) ${nameOf(file)}: ${file.message}`)
      for (const test of broken) {
        console.log(`${verdict} (${where}) ${nameOf(file)}: ${test.fullName}\n${test.failureMessages.join('\n')}`)
      }
    }
  })
  console.log(`${count('passed')} passed, ${failed} failed`)
  if (failed > 0) process.exit(1)
}
