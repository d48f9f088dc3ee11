// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import io.kmesh.cloud.azure.internal.credential.TokenFlight;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URL;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Puts a token on each request; one that the service refuses is not used again. Tokens go over
 * HTTPS only, or to this machine.
 */
final class BearerPolicy implements HttpPipelinePolicy {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  private final TokenFlight tokens;

  BearerPolicy(TokenFlight tokens) {
    this.tokens = tokens;
  }

  @Override
  public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
    URL url = call.getHttpRequest().getUrl();
    if (!url.getProtocol().equals("https") && !LOOPBACK.contains(url.getHost())) {
      return Mono.error(
          new ProviderException(
              ErrorKind.INVALID,
              "a token would go over http to " + url.getHost() + ". Use an https endpoint."));
    }
    return Mono.fromCompletionStage(tokens::token)
        .flatMap(
            token -> {
              call.getHttpRequest()
                  .setHeader(HttpHeaderName.AUTHORIZATION, "Bearer " + token.value().reveal());
              return next.process()
                  .doOnNext(
                      response -> {
                        if (response.getStatusCode() == 401) {
                          tokens.refused(token);
                        }
                      });
            });
  }
}
