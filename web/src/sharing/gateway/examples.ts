import type { Service } from './types'

/** What stands where the reader puts their own, in the reader's language. */
export interface Own {
  account: string
  key: string
  session: string
  secret: string
  caseNumber: string
}

/** A call by the client package: it opens the session, signs, retries and verifies the receipt. */
export function pythonOf(one: Service, origin: string, own: Own): string {
  const key = JSON.stringify((one.example as { key?: object }).key ?? {})
  const purpose = one.purposes[0] ?? ''
  const more = one.case_required ? `, case="${own.caseNumber}"` : ''
  return [
    'from zhengtong_client import Account, Client, PrivateKey',
    '',
    `account = Account("${own.account}", "${own.key}", PrivateKey.from_pem_file("system.key"))`,
    `with Client("${origin}", account) as city:`,
    `    share = city.item("${one.agreement}", "${one.item_code}", purpose="${purpose}"${more})`,
    `    answer = share.lookup(${key})`,
    '    print(answer.row, answer.receipt_id)',
  ].join('\n')
}

/** The same by hand: the six lines of the seal, then the call. */
export function curlOf(one: Service, origin: string, own: Own): string {
  const path = `${one.path}/lookup`
  const body = JSON.stringify(one.example)
  const lines = [
    `SESSION='${own.session}'; KEY='${own.secret}'   # POST /api/v1/service-sessions`,
    `BODY='${body}'`,
    'TIME=$(date -u +%Y-%m-%dT%H:%M:%SZ); NONCE=$(openssl rand -hex 16)',
    'DIGEST=$(printf %s "$BODY" | openssl dgst -sm3 -r | cut -d" " -f1)',
    `SIGNED=$(printf 'ZT-HMAC-SM3-1\\nPOST\\n%s\\n%s\\n%s\\n%s\\n%s' '${path}' "$SESSION" "$TIME" "$NONCE" "$DIGEST")`,
    'SEAL=$(printf %s "$SIGNED" | openssl dgst -sm3 -mac HMAC -macopt hexkey:$KEY -r | cut -d" " -f1)',
    `curl -sS -X POST '${origin}${path}' \\`,
    '  -H "Authorization: ZT-HMAC-SM3 session=$SESSION, time=$TIME, nonce=$NONCE, body=$DIGEST, signature=$SEAL" \\',
    `  -H 'X-Zhengtong-Purpose: ${one.purposes[0] ?? ''}' \\`,
    ...(one.case_required ? [`  -H 'X-Zhengtong-Case: ${encodeURIComponent(own.caseNumber)}' \\`] : []),
    '  -H \'Content-Type: application/json\' -d "$BODY"',
  ]
  return lines.join('\n')
}
