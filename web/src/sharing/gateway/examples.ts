import type { Service } from './types'

/** What stands where the reader puts their own, in the reader's language. */
export interface Own {
  account: string
  key: string
  caseNumber: string
  opening: string
  sealing: string
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

/** The same by hand, with curl and OpenSSL 3 alone: the session's six lines, the seal's, then the call. */
export function curlOf(one: Service, origin: string, own: Own): string {
  const purpose = encodeURIComponent(one.purposes[0] ?? '')
  return [
    `SYSTEM='${own.account}'; KEY_ID='${own.key}'; KEY='system.key'`,
    `BODY='${JSON.stringify(one.example)}'`,
    `PURPOSE='${purpose}'`,
    ...(one.case_required ? [`CASE='${own.caseNumber}'`] : []),
    `CITY='${origin}'; CALL='${one.path}/lookup'`,
    '',
    "hex() { od -An -v -tx1 | tr -d ' \\n'; }",
    'now() { date -u +%Y-%m-%dT%H:%M:%SZ; }',
    'told() { printf %s "$OPENED" | sed "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/"; }',
    '',
    `# ${own.opening}`,
    'TIME=$(now); NONCE=$(openssl rand -hex 16)',
    "TEXT=$(printf 'ZT-SERVICE-SESSION-1\\n%s\\n%s\\n%s\\n%s\\n%s' \"$CITY\" \"$SYSTEM\" \"$KEY_ID\" \"$TIME\" \"$NONCE\")",
    'SEAL=$(printf %s "$TEXT" | openssl dgst -sm3 -sign "$KEY" -sigopt distid:1234567812345678 | hex)',
    "OPENED=$(curl -sS \"$CITY/api/v1/service-sessions\" -H 'Content-Type: application/json' \\",
    '  -d "{\\"system\\":\\"$SYSTEM\\",\\"key\\":\\"$KEY_ID\\",\\"time\\":\\"$TIME\\",\\"nonce\\":\\"$NONCE\\",\\"signature\\":\\"$SEAL\\"}")',
    'case $OPENED in *sealed_key*) ;; *) echo "$OPENED"; exit 1 ;; esac',
    'SECRET=$(told sealed_key | xxd -r -p | openssl pkeyutl -decrypt -inkey "$KEY" | hex)',
    '',
    `# ${own.sealing}`,
    'TIME=$(now); NONCE=$(openssl rand -hex 16); SESSION=$(told session)',
    'DIGEST=$(printf %s "$BODY" | openssl dgst -sm3 -binary | hex)',
    ...(one.case_required ? ["CASE=$(printf %s \"$CASE\" | hex | sed 's/../%&/g')"] : []),
    `TEXT=$(printf 'ZT-HMAC-SM3-2\\nPOST${'\\n%s'.repeat(5)}${one.case_required ? '\\nx-zhengtong-case:%s' : ''}\\nx-zhengtong-purpose:%s' \\`,
    `  "$CALL" "$SESSION" "$TIME" "$NONCE" "$DIGEST"${one.case_required ? ' "$CASE"' : ''} "$PURPOSE")`,
    'SEAL=$(printf %s "$TEXT" | openssl dgst -sm3 -mac HMAC -macopt "hexkey:$SECRET" -binary | hex)',
    'curl -sS -i -X POST "$CITY$CALL" -H \'Content-Type: application/json\' -d "$BODY" \\',
    '  -H "Authorization: ZT-HMAC-SM3 session=$SESSION, time=$TIME, nonce=$NONCE, body=$DIGEST, signature=$SEAL" \\',
    ...(one.case_required ? ['  -H "X-Zhengtong-Case: $CASE" \\'] : []),
    '  -H "X-Zhengtong-Purpose: $PURPOSE"',
  ].join('\n')
}
