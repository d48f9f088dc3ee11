// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.CopyStatusType;
import io.kmesh.cloud.azure.internal.credential.Secret;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Copies within the account by Copy Blob, the one copy that takes a source's conditions and needs
 * no second authorisation. It is sent through the SDK's pipeline, since the SDK's own call polls by
 * a clock of its own. A copy that is pending is asked for, at longer and longer intervals, by
 * timers of {@link io.kmesh.spi.time.KmeshTime}. Thread-safe.
 */
final class BlobCopier {
  private static final Duration FIRST_LOOK = Duration.ofMillis(200);
  private static final Duration LAST_LOOK = Duration.ofSeconds(10);

  private final StoreContext context;
  private final @Nullable Secret sourceSas;

  /**
   * A copier.
   *
   * @param sourceSas what authorises the source where requests are signed by their URL alone
   */
  BlobCopier(StoreContext context, @Nullable Secret sourceSas) {
    this.context = context;
    this.sourceSas = sourceSas;
  }

  CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    String what = source + " to " + target;
    return context.call(
        "copy",
        what,
        () -> {
          context.key("copy", source);
          context.key("copy to", target);
          context.checks.target("copy to", target, options);
          context.noCrc32c("copy to", target, options);
          context.checks.sourceCondition("copy", source, sourceCondition);
        },
        () ->
            context
                .mutate("copy", what, send(request(source, sourceCondition, target, options)))
                .thenCompose(answer -> outcome(what, target, answer)));
  }

  private HttpRequest request(
      String source, Condition sourceCondition, String target, PutOptions options)
      throws ProviderException {
    HttpRequest request;
    try {
      request =
          new HttpRequest(HttpMethod.PUT, URI.create(context.blob(target).getBlobUrl()).toURL());
    } catch (MalformedURLException e) {
      throw context.failures.of(ErrorKind.INVALID, "copy to", target, "its URL is none");
    }
    String from = context.blob(source).getBlobUrl();
    set(request, "x-ms-version", context.container.getServiceVersion().getVersion());
    set(request, "x-ms-copy-source", sourceSas == null ? from : from + "?" + sourceSas.reveal());
    if (sourceCondition instanceof Condition.Matches m) {
      set(request, "x-ms-source-if-match", Etags.quoted(m.etag()));
    }
    if (options.condition() instanceof Condition.Absent) {
      set(request, "If-None-Match", "*");
    } else if (options.condition() instanceof Condition.Matches m) {
      set(request, "If-Match", Etags.quoted(m.etag()));
    }
    Map<String, String> metadata =
        BlobMetadata.encode("copy to", target, context.uri, options.metadata());
    metadata.forEach((name, value) -> set(request, "x-ms-meta-" + name, value));
    options.storageClass().ifPresent(c -> set(request, "x-ms-access-tier", c.name()));
    set(request, "Content-Length", "0");
    return request;
  }

  private static void set(HttpRequest request, String name, String value) {
    request.setHeader(HttpHeaderName.fromString(name), value);
  }

  private Mono<Answer> send(HttpRequest request) {
    return context
        .container
        .getHttpPipeline()
        .send(request)
        .flatMap(
            response -> {
              if (response.getStatusCode() == 202) {
                Answer answer = Answer.of(response);
                response.close();
                return Mono.just(answer);
              }
              return response
                  .getBodyAsString()
                  .defaultIfEmpty("")
                  .flatMap(body -> Mono.error(new BlobStorageException(body, response, null)));
            });
  }

  /** What Copy Blob answered. */
  private record Answer(String copyId, String status, String etag) {
    static Answer of(HttpResponse response) {
      return new Answer(
          value(response, "x-ms-copy-id"),
          value(response, "x-ms-copy-status"),
          Etags.unquoted(value(response, "ETag")));
    }

    private static String value(HttpResponse response, String name) {
      String value = response.getHeaderValue(HttpHeaderName.fromString(name));
      return value == null ? "" : value;
    }
  }

  private CompletionStage<ObjectInfo> outcome(String what, String target, Answer answer) {
    return look(what, target, answer, FIRST_LOOK);
  }

  /** Looks at the target until the copy ended. */
  private CompletionStage<ObjectInfo> look(
      String what, String target, Answer answer, Duration next) {
    return context
        .read("copy", what, context.blob(target).getPropertiesWithResponse(null))
        .exceptionally(
            e -> {
              throw new CompletionException(unknown(what, e));
            })
        .thenCompose(
            response -> {
              BlobProperties now = response.getValue();
              ProviderException failure = failure(what, answer, now);
              if (failure != null) {
                return CompletableFuture.failedFuture(failure);
              }
              if (now.getCopyStatus() != CopyStatusType.PENDING) {
                return CompletableFuture.completedFuture(Infos.of(target, now));
              }
              CompletableFuture<ObjectInfo> later = new CompletableFuture<>();
              context.time.schedule(next, () -> again(what, target, answer, next, later));
              return later;
            });
  }

  private void again(
      String what,
      String target,
      Answer answer,
      Duration last,
      CompletableFuture<ObjectInfo> later) {
    CompletionStage<?> unused =
        look(what, target, answer, longer(last))
            .whenComplete(
                (info, failure) -> {
                  if (failure == null) {
                    later.complete(info);
                  } else {
                    later.completeExceptionally(failure);
                  }
                });
  }

  private static Duration longer(Duration last) {
    Duration twice = last.multipliedBy(2);
    return twice.compareTo(LAST_LOOK) > 0 ? LAST_LOOK : twice;
  }

  private @Nullable ProviderException failure(String what, Answer answer, BlobProperties now) {
    boolean isOther = !answer.copyId().isEmpty() && !answer.copyId().equals(now.getCopyId());
    boolean isReplaced =
        answer.status().equals("success") && !answer.etag().equals(Etags.unquoted(now.getETag()));
    if (isOther || isReplaced) {
      return context.failures.of(
          ErrorKind.UNKNOWN_OUTCOME,
          "copy",
          what,
          "another write replaced the copy before it was looked at. Look at it");
    }
    if (now.getCopyStatus() == CopyStatusType.FAILED
        || now.getCopyStatus() == CopyStatusType.ABORTED) {
      return context.failures.of(
          ErrorKind.TRANSIENT,
          "copy",
          what,
          "the service gave the copy up ("
              + now.getCopyStatusDescription()
              + ") and left an empty object. Copy it again");
    }
    return null;
  }

  /** The copy began: what a look at it does not tell is unknown. */
  private ProviderException unknown(String what, Throwable failure) {
    return new ProviderException(
        ErrorKind.UNKNOWN_OUTCOME,
        "Cannot copy "
            + what
            + " in "
            + context.uri
            + ": the copy began, and a look at it failed. Look again.",
        failure);
  }
}
