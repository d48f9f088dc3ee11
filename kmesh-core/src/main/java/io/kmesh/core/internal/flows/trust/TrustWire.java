// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.HmacSha256;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;
import javax.net.ssl.SSLSocket;

/** Messages over a TLS socket: four bytes of length, then the message. For one thread. */
final class TrustWire implements Closeable {
  private static final byte[] PROOF = "kmesh-trust-proof".getBytes(StandardCharsets.US_ASCII);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SSLSocket socket;
  private final DataInputStream in;
  private final OutputStream out;

  TrustWire(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  void send(TrustMessage message) throws IOException {
    byte[] bytes = message.encode();
    byte[] frame =
        ByteBuffer.allocate(Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes).array();
    out.write(frame);
    out.flush();
    Arrays.fill(bytes, (byte) 0);
    Arrays.fill(frame, (byte) 0);
  }

  /**
   * The next message.
   *
   * @param allowed what it may be; nothing longer than these is read
   */
  TrustMessage receive(Set<TrustMessage.Type> allowed) throws IOException {
    int most = allowed.stream().mapToInt(TrustMessage.Type::mostBytes).max().orElse(0);
    int length = in.readInt();
    if (length < 1 || length > most) {
      throw TrustMessage.garbled("a message of " + length + " bytes comes, " + most + " may be");
    }
    // In pieces: a length that is only claimed takes no memory.
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("it ended in the middle of a message");
    }
    TrustMessage message = TrustMessage.decode(bytes);
    Arrays.fill(bytes, (byte) 0);
    if (!allowed.contains(message.type())) {
      throw TrustMessage.garbled("a message " + message.type() + " is not what comes next");
    }
    return message;
  }

  static byte[] nonce() {
    byte[] nonce = new byte[TrustMessage.NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  /**
   * What only the token's authority can say, and only on this very connection: the certificate that
   * the site sees is part of it.
   */
  static byte[] proof(
      byte[] verifier, byte[] id, byte[] authorityNonce, byte[] siteNonce, byte[] certificate) {
    byte[] message =
        ByteBuffer.allocate(
                PROOF.length
                    + 1
                    + id.length
                    + authorityNonce.length
                    + siteNonce.length
                    + certificate.length)
            .put(PROOF)
            .put((byte) TrustMessage.VERSION)
            .put(id)
            .put(authorityNonce)
            .put(siteNonce)
            .put(certificate)
            .array();
    byte[] code = new byte[HmacSha256.BYTES];
    new HmacSha256(verifier).compute(message, 0, message.length, code);
    return code;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
