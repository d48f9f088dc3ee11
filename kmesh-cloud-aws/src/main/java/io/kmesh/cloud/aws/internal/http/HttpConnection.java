// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** One connection, for one request after the other. Of one thread but for {@link #cut}. */
final class HttpConnection {
  /** A small body goes out in one packet with its head. */
  private static final int BUFFER = 32 << 10;

  private static final Http1Config CONFIG =
      Http1Config.custom()
          .setBufferSize(BUFFER)
          .setMaxLineLength(BUFFER)
          .setMaxHeaderCount(1000)
          .build();

  private static final Timeout EARLY_ANSWER = Timeout.ofSeconds(1);

  private final Origin origin;
  private final Socket socket;
  private final DefaultBHttpClientConnection connection;
  private volatile long idleSince;

  private HttpConnection(Origin origin, Socket socket, DefaultBHttpClientConnection connection) {
    this.origin = origin;
    this.socket = socket;
    this.connection = connection;
  }

  /**
   * Connects.
   *
   * @param names says which addresses the origin has
   * @param connect how long that may take
   * @param silence after so long without a byte of an answer it counts as dead
   * @throws ConnectException or the failure of a certificate: nothing was asked yet
   */
  static HttpConnection open(
      Origin origin, HostNames names, Tls secure, Duration connect, Duration silence)
      throws IOException {
    Socket socket;
    try {
      socket = names.connect(origin.host(), origin.port(), connect);
    } catch (UnknownHostException e) {
      throw e;
    } catch (IOException e) {
      throw failed(origin, e);
    }
    try {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.setSoTimeout(Math.toIntExact(silence.toMillis()));
      DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(CONFIG);
      if (origin.isSecure()) {
        connection.bind(handshake(origin, secure, socket), socket);
      } else {
        connection.bind(socket);
      }
      return new HttpConnection(origin, socket, connection);
    } catch (IOException e) {
      close(socket);
      throw failed(origin, e);
    }
  }

  private static ConnectException failed(Origin origin, IOException e) {
    ConnectException failed =
        new ConnectException("cannot connect to " + origin + ": " + e.getMessage());
    failed.initCause(e);
    return failed;
  }

  private static SSLSocket handshake(Origin origin, Tls secure, Socket socket) throws IOException {
    SSLSocket over =
        (SSLSocket) secure.factory().createSocket(socket, origin.host(), origin.port(), true);
    SSLParameters parameters = over.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    over.setSSLParameters(parameters);
    over.startHandshake();
    return over;
  }

  Origin origin() {
    return origin;
  }

  long idleSince() {
    return idleSince;
  }

  void idleSince(long nanos) {
    idleSince = nanos;
  }

  /** Whether the server has closed it meanwhile; takes a millisecond when it has not. */
  boolean isStale() {
    try {
      return connection.isStale();
    } catch (IOException e) {
      return true;
    }
  }

  /** The outcome of an exchange. */
  record Outcome<T>(T value, boolean isReusable) {}

  <T> Outcome<T> exchange(HttpRequest request, HttpReply.Reader<T> reader, Runnable onProgress)
      throws IOException {
    BasicClassicHttpRequest message = request.message(onProgress);
    try {
      IOException cutOff = send(message);
      ClassicHttpResponse response = receive(request, cutOff);
      HttpReply reply = new HttpReply(response);
      T value = reader.read(reply);
      boolean isReusable =
          cutOff == null
              && reply.isConsumed()
              && DefaultConnectionReuseStrategy.INSTANCE.keepAlive(
                  message, response, HttpCoreContext.create());
      return new Outcome<>(value, isReusable);
    } catch (HttpException e) {
      throw new IOException("the answer is no HTTP: " + e.getMessage(), e);
    }
  }

  /** Sends it; a server may refuse a body before its end, and answer with the reason. */
  private @Nullable IOException send(BasicClassicHttpRequest message)
      throws HttpException, IOException {
    try {
      connection.sendRequestHeader(message);
      if (message.getEntity() != null) {
        connection.sendRequestEntity(message);
      }
      connection.flush();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private ClassicHttpResponse receive(HttpRequest request, @Nullable IOException cutOff)
      throws HttpException, IOException {
    try {
      if (cutOff != null) {
        connection.setSocketTimeout(EARLY_ANSWER);
      }
      ClassicHttpResponse response = connection.receiveResponseHeader();
      while (response.getCode() < HttpStatus.SC_SUCCESS) {
        response = connection.receiveResponseHeader();
      }
      boolean hasBody =
          !request.method().equals("HEAD")
              && response.getCode() != HttpStatus.SC_NO_CONTENT
              && response.getCode() != HttpStatus.SC_NOT_MODIFIED;
      if (hasBody) {
        connection.receiveResponseEntity(response);
      }
      if (cutOff != null && response.getCode() < HttpStatus.SC_REDIRECTION) {
        throw cutOff;
      }
      return response;
    } catch (IOException e) {
      throw cutOff == null ? e : cutOff;
    }
  }

  /** Ends it, from any thread: whoever waits for it fails. */
  void cut() {
    close(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is gone either way
    }
  }
}
