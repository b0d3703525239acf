# shellcheck shell=bash
# A real SMTP server on loopback that wants a login and TLS, and accounts of msmtp
# for it. To be sourced after lib.sh.

need_smtp()
{
	need openssl
	/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null ||
	    skip "python3-aiosmtpd is not installed"
}

authority() # NAME: a certificate authority, and a server's certificate by it
{
	local d=$TREE/tls/$1

	mkdir -m 0755 "$d"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
	    -keyout "$d/ca.key" -out "$d/ca.pem" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -subj /CN=localhost \
	    -keyout "$d/key.pem" -out "$d/req.pem" 2>/dev/null
	echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >"$d/ext"
	openssl x509 -req -in "$d/req.pem" -CA "$d/ca.pem" -CAkey "$d/ca.key" \
	    -CAcreateserial -days 2 -extfile "$d/ext" -out "$d/cert.pem" \
	    2>/dev/null
}

msmtp_account() # NAME PORT STARTTLS CA [PASSWORD]
{
	cat <<-END
	account $1
	host localhost
	port $2
	tls on
	tls_starttls $3
	tls_trust_file $TREE/tls/$4/ca.pem
	auth plain
	user alice
	password ${5:-secret}
	from alice@example.org
	END
}

start_server()
{
	local tls starttls

	mkdir -p -m 0755 "$TREE/tls"
	authority good
	authority other
	ip link set lo up 2>/dev/null || true
	/usr/bin/python3 "$srcdir/tests/lib/smtp_server.py" "$MAIL" \
	    "$TREE/ports" "$TREE/tls/good/cert.pem" "$TREE/tls/good/key.pem" \
	    >"$TREE/notes" 2>&1 &
	SERVER_PID=$!
	wait_file "$TREE/ports"
	read -r tls starttls <"$TREE/ports"
	{
		msmtp_account tls "$tls" off good
		msmtp_account starttls "$starttls" on good
		msmtp_account stranger "$tls" off other
		msmtp_account locked "$tls" off good wrong
	} | put "$TREE/msmtprc" 0600 alice:
}
