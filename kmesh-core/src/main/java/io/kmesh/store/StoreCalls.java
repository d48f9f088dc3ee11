// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.unit.DataSize;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The calls of a directory store, run by given executors. Thread-safe. */
final class StoreCalls implements ObjectStore {
  static final StoreLimits LIMITS =
      new StoreLimits(
          DataSize.ofGib(1),
          DataSize.ofBytes(1),
          10_000,
          DataSize.ofTib(16),
          1024,
          DataSize.ofKib(32),
          1000,
          1000);

  /** What the calls work with. */
  record Parts(
      URI uri,
      StoreLayout layout,
      StoreFiles files,
      KeyNames names,
      StoreCounters counters,
      StoreFailures failures,
      StoreChecks checks,
      ObjectWriter writer,
      Uploads uploads) {}

  /** A directory has one class of storage, and keeps nothing that was replaced. */
  static final Set<StoreCapability> CAPABILITIES =
      Collections.unmodifiableSet(
          EnumSet.complementOf(
              EnumSet.of(
                  StoreCapability.PART_COPY,
                  StoreCapability.STORAGE_CLASS,
                  StoreCapability.ARCHIVE_RESTORE,
                  StoreCapability.VERSIONS)));

  private final URI uri;
  private final StoreLayout layout;
  private final StoreFiles files;
  private final KeyNames names;
  private final StoreCounters counters;
  private final StoreFailures failures;
  private final StoreChecks checks;
  private final ObjectWriter writer;
  private final Uploads uploads;
  private final Executor writers;
  private final Executor readers;
  private final Closeable owner;

  /**
   * Calls.
   *
   * @param writers runs what changes the store
   * @param readers runs what does not
   * @param owner is closed by {@link #close}
   */
  StoreCalls(Parts parts, Executor writers, Executor readers, Closeable owner) {
    this.uri = parts.uri();
    this.layout = parts.layout();
    this.files = parts.files();
    this.names = parts.names();
    this.counters = parts.counters();
    this.failures = parts.failures();
    this.checks = parts.checks();
    this.writer = parts.writer();
    this.uploads = parts.uploads();
    this.writers = writers;
    this.readers = readers;
    this.owner = owner;
  }

  @Override
  public URI uri() {
    return uri;
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return CAPABILITIES;
  }

  @Override
  public StoreLimits limits() {
    return LIMITS;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return counted(
        mutate(
            "put",
            key,
            () -> {
              checks.key("put", key);
              checks.target("put", key, options);
              checks.putSize("put", key, body.remaining());
            },
            () -> writer.put(key, body, options)));
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return ask(
        "read",
        key,
        () -> {
          checks.key("read", key);
          checks.range(key, offset, length);
          checks.sourceCondition("read", key, condition);
          try (ObjectFile object = open("read", key)) {
            ObjectInfo info = object.trailer().info();
            checks.condition("read", key, condition, info.etag());
            return new ObjectRange(info, offset, object.read(offset, length));
          } catch (ObjectTrailer.DamageException e) {
            throw failures.corrupt("read", key, String.valueOf(e.getMessage()));
          }
        });
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return ask(
        "head",
        key,
        () -> {
          checks.key("head", key);
          try (ObjectFile object = open("head", key)) {
            return object.trailer().info();
          }
        });
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return ask(
        "list",
        request.prefix(),
        () -> {
          checks.list(request);
          int page = Math.min(request.limit(), LIMITS.listPage());
          List<String> keys =
              KeyWalk.keys(
                  names, layout.objects(), request.prefix(), request.afterOrNull(), page + 1);
          List<ObjectInfo> infos = new ArrayList<>();
          for (String key : keys.subList(0, Math.min(page, keys.size()))) {
            entry(key, infos);
          }
          return new ListPage(infos, keys.size() > page ? keys.get(page - 1) : null);
        });
  }

  /** Adds an object to a page; one that was deleted meanwhile is left out. */
  private void entry(String key, List<ObjectInfo> page) throws IOException {
    try (ObjectFile object = ObjectFile.open(files, layout.object(key), "list", key, failures)) {
      page.add(object.trailer().info());
    } catch (NoSuchFileException e) {
      return;
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      // One damaged object must not hide all others: it is shown, and reading it says what is
      // wrong.
      page.add(new ObjectInfo(key, 0, DirectoryStore.DAMAGED, null, Instant.EPOCH, Map.of(), null));
    }
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    List<DeleteTarget> all = List.copyOf(targets);
    return mutate(
        "delete",
        all.size() + " keys",
        () -> checks.deleteBatch(all.size()),
        () -> {
          List<CompletableFuture<DeleteOutcome>> outcomes = new ArrayList<>();
          for (DeleteTarget target : all) {
            outcomes.add(deleteOne(target));
          }
          return CompletableFuture.allOf(outcomes.toArray(CompletableFuture<?>[]::new))
              .thenApply(v -> outcomes.stream().map(CompletableFuture::join).toList());
        });
  }

  private CompletableFuture<DeleteOutcome> deleteOne(DeleteTarget target) {
    try {
      checks.key("delete", target.key());
      checks.deleteCondition(target.key(), target.condition());
    } catch (ProviderException e) {
      return CompletableFuture.completedFuture(outcome(target, e));
    }
    return writer.delete(target).exceptionally(e -> outcome(target, e));
  }

  private DeleteOutcome outcome(DeleteTarget target, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    ProviderException known = failures.ofMutation("delete", target.key(), cause);
    return new DeleteOutcome(target.key(), known.kind(), String.valueOf(known.getMessage()));
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return counted(
        mutate(
            "copy",
            source,
            () -> {
              checks.key("copy", source);
              checks.key("copy to", target);
              checks.sourceCondition("copy", source, sourceCondition);
              checks.target("copy to", target, options);
              checks.noCrc32c("copy to", target, options);
            },
            () -> writer.copy(source, sourceCondition, target, options)));
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    Map<String, String> copy = Map.copyOf(metadata);
    return mutate(
        "start an upload of",
        key,
        () -> {
          checks.key("start an upload of", key);
          checks.metadata("start an upload of", key, copy);
        },
        () -> done(() -> uploads.start(key, copy)));
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return mutate(
        "upload a part of",
        upload.key(),
        () -> {
          checks.partNumber(upload.key(), number);
          checks.putSize("upload a part of", upload.key(), body.remaining());
        },
        () -> done(() -> uploads.part(upload, number, body)));
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return ask("list the parts of", upload.key(), () -> uploads.parts(upload));
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    List<UploadPart> chosen = List.copyOf(parts);
    return counted(
        mutate(
            "complete the upload of",
            upload.key(),
            () -> checks.noCrc32c("complete the upload of", upload.key(), options),
            () -> uploads.complete(upload, chosen, options)));
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return mutate("abort the upload of", upload.key(), () -> {}, () -> uploads.abort(upload));
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return listOpenUploads(prefix).thenApply(all -> all.stream().map(OpenUpload::upload).toList());
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return ask("list the uploads of", prefix, () -> uploads.list(prefix));
  }

  private ObjectFile open(String verb, String key) throws IOException {
    try {
      return ObjectFile.open(files, layout.object(key), verb, key, failures);
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw writer.notFound(verb, key);
    }
  }

  private CompletionStage<ObjectInfo> counted(CompletionStage<ObjectInfo> stage) {
    return stage.thenApply(
        info -> {
          counters.put();
          return info;
        });
  }

  private interface Check {
    void run() throws ProviderException;
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private interface Mutation<T> {
    CompletableFuture<T> run();
  }

  private static <T> CompletableFuture<T> done(Call<T> call) {
    try {
      return CompletableFuture.completedFuture(call.run());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Runs a call that changes nothing. */
  private <T> CompletionStage<T> ask(String verb, String object, Call<T> call) {
    return submit(
        readers,
        verb,
        object,
        () -> {
          try {
            return CompletableFuture.completedFuture(call.run());
          } catch (IOException e) {
            return CompletableFuture.failedFuture(failures.ofRead(verb, object, e));
          }
        });
  }

  private <T> CompletionStage<T> mutate(
      String verb, String object, Check check, Mutation<T> mutation) {
    try {
      check.run();
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
    return submit(writers, verb, object, mutation);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the future within the future is flattened
  private <T> CompletionStage<T> submit(
      Executor pool, String verb, String object, Mutation<T> work) {
    try {
      return CompletableFuture.supplyAsync(work::run, pool).thenCompose(f -> f);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          failures.failure(ErrorKind.INVALID, verb, object, "the store is closed. Open it anew"));
    }
  }

  @Override
  public void close() throws IOException {
    owner.close();
  }
}
