// Speaks for libas2: a job as JSON on standard input, its outcome as JSON on standard output.
// Runs with the modules that tools/as2_judges.py installs (NODE_PATH).
'use strict'

const { AS2MimeNode, AS2Parser } = require('libas2')

function joined (job) {
  const head = job.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(head + '\r\n'), Buffer.from(job.body, 'base64')])
}

async function open (job) {
  let node = await AS2Parser.parse(joined(job))
  if (node.encrypted) node = await node.decrypt({ cert: job.own_certificate, key: job.own_key })
  if (node.signed) {
    node = await node.verify({ cert: job.partner_certificate })
    if (!node) return { status: 'the signature does not hold' }
  }
  return { status: 'processed', payload: Buffer.from(node.content).toString('base64') }
}

async function seal (job) {
  const node = new AS2MimeNode({
    contentType: 'application/edi-x12',
    content: Buffer.from(job.payload, 'base64'),
    sign: job.options.sign ? { cert: job.own_certificate, key: job.own_key, algorithm: job.options.sign } : undefined,
    encrypt: job.options.encrypt ? { cert: job.partner_certificate, encryption: job.options.encrypt } : undefined
  })
  const whole = await node.build()
  const end = whole.indexOf('\r\n\r\n')
  const lines = whole.subarray(0, end).toString('latin1').replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
  return { headers, body: whole.subarray(end + 4).toString('base64') }
}

async function judge (job) {
  const node = await AS2Parser.parse(joined(job))
  const found = await node.dispositionIn({ cert: job.partner_certificate })
  const { originalMessageId, disposition, receivedContentMic } = found.notification
  return { status: disposition.processed ? 'processed' : 'failed', originalMessageId, mic: receivedContentMic }
}

async function main () {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  const job = JSON.parse(Buffer.concat(chunks).toString())
  process.stdout.write(JSON.stringify(await { open, seal, judge }[job.act](job)))
}

main().catch(error => { console.error(error); process.exit(1) })
