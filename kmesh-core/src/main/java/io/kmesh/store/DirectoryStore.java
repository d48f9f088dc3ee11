// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An object store in a directory of a local or shared file system, with every capability. What is
 * acknowledged is durable: the object's file and the directories that name it were synced. Writes
 * that wait for each other share their syncs of directories.
 *
 * <p>Several processes may open one directory at the same time; conditions are atomic between them.
 * The stored form is described in {@code docs/format/directory-store.md}. An object's bytes come
 * first in its file, as they are. Files belong to this process's user alone (modes 0600 and 0700).
 *
 * <p>{@link #read} checks that the file is the key's and has not been cut; who reads a whole object
 * compares its bytes with {@link ObjectInfo#sha256}. In a list an object whose file is damaged has
 * the ETag {@value #DAMAGED}; every other call on it but an unconditional put or delete fails with
 * CORRUPT.
 *
 * <p>Thread-safe. Stages complete on threads named {@code kmesh-store-*}.
 */
public final class DirectoryStore implements ObjectStore {
  /** The ETag of an object in a list whose file is damaged. */
  public static final String DAMAGED = "damaged";

  private static final StoreLimits LIMITS =
      new StoreLimits(
          DataSize.ofGib(1),
          DataSize.ofBytes(1),
          10_000,
          DataSize.ofTib(16),
          1024,
          DataSize.ofKib(32),
          1000,
          1000);

  private static final int THREADS = 8;
  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(10);

  private final URI uri;
  private final StoreLayout layout;
  private final StoreFiles files;
  private final StoreCounters counters;
  private final StoreFailures failures;
  private final StoreChecks checks;
  private final StoreFiles.Exclusive lock;
  private final Staging staging;
  private final KeyNames names;
  private final Committer committer;
  private final ObjectWriter writer;
  private final Uploads uploads;
  private final ThreadPoolExecutor writers = pool("store-write");
  private final ThreadPoolExecutor readers = pool("store-read");

  /**
   * How much a store did since it was opened.
   *
   * @param puts objects that became visible by put, copy or a completed upload
   * @param commits group commits
   * @param fsyncs syncs of files and directories
   */
  public record Counts(long puts, long commits, long fsyncs) {}

  private DirectoryStore(Builder builder) throws IOException {
    this.layout = new StoreLayout(builder.directory.toAbsolutePath().normalize());
    this.uri = uriOf(layout.root());
    this.counters = new StoreCounters(builder.observer);
    this.files =
        new SyncCountingFiles(
            builder.files == null ? new NioFiles(builder.time) : builder.files, counters);
    this.failures = new StoreFailures(uri);
    this.checks = new StoreChecks(failures, LIMITS);
    layout.prepareRoot(files);
    this.lock = files.exclusive(layout.lock());
    boolean opened = false;
    try {
      this.staging = begin(builder);
      opened = true;
    } finally {
      if (!opened) {
        lock.close();
      }
    }
    this.names = new KeyNames(files, lock);
    this.committer = new Committer(files, names, layout.objects(), lock, counters);
    this.writer =
        new ObjectWriter(
            files, layout, staging, committer, failures, checks, builder.time, builder.generations);
    this.uploads =
        new Uploads(
            files,
            layout,
            staging,
            committer,
            lock,
            failures,
            checks,
            writer,
            builder.time,
            builder.generations);
  }

  private Staging begin(Builder builder) throws IOException {
    lock.acquire();
    try {
      layout.prepare(files);
      Staging.collect(files, layout.staging());
      Uploads.collect(files, layout.uploads());
      return Staging.begin(
          files,
          layout.staging(),
          ProcessHandle.current().pid()
              + "-"
              + HexFormat.of().toHexDigits(builder.generations.getAsLong()));
    } finally {
      lock.release();
    }
  }

  private static ThreadPoolExecutor pool(String name) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            KmeshThreads.factory(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static URI uriOf(Path root) {
    String text = root.toUri().toString();
    return URI.create(
        text.endsWith("/") && text.length() > "file:///".length()
            ? text.substring(0, text.length() - 1)
            : text);
  }

  /**
   * Opens the store in a directory, which is made where its parent exists; an empty directory
   * becomes a store.
   *
   * @throws ProviderException INVALID when the directory holds something else or a newer format,
   *     CORRUPT when its marker is damaged, NOT_FOUND when the directory above does not exist
   */
  public static DirectoryStore at(Path directory) throws IOException {
    return builder(directory).open();
  }

  /** Begins to describe a store that differs from the default. */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  @Override
  public URI uri() {
    return uri;
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return Collections.unmodifiableSet(EnumSet.allOf(StoreCapability.class));
  }

  @Override
  public StoreLimits limits() {
    return LIMITS;
  }

  /** How much this store did since it was opened. */
  public Counts counts() {
    return counters.counts();
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return counted(
        mutate(
            "put",
            key,
            () -> {
              checks.key("put", key);
              checks.metadata("put", key, options.metadata());
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
          checks.noneOrEtag("read", key, condition);
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
      page.add(new ObjectInfo(key, 0, DAMAGED, null, Instant.EPOCH, Map.of(), null));
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
      checks.noneOrEtag("delete", target.key(), target.condition());
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
              checks.noneOrEtag("copy", source, sourceCondition);
              checks.metadata("copy to", target, options.metadata());
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
            () -> {},
            () -> uploads.complete(upload, chosen, options)));
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return mutate("abort the upload of", upload.key(), () -> {}, () -> uploads.abort(upload));
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return ask("list the uploads of", prefix, () -> uploads.list(prefix));
  }

  /** Waits until what was begun is done and durable, then closes. A second call does nothing. */
  @Override
  public void close() throws IOException {
    if (writers.isShutdown()) {
      return;
    }
    writers.shutdown();
    readers.shutdown();
    try {
      boolean ended =
          KmeshThreads.awaitEnd(writers, CLOSE_LIMIT)
              && KmeshThreads.awaitEnd(readers, CLOSE_LIMIT);
      committer.close();
      if (!ended) {
        throw new InterruptedException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(
          "Cannot close "
              + uri
              + ": work under way did not end. What was acknowledged is durable.");
    } finally {
      try (lock) {
        staging.close();
      }
    }
  }

  @Override
  public String toString() {
    return "DirectoryStore(" + uri + ")";
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
      ThreadPoolExecutor pool, String verb, String object, Mutation<T> work) {
    try {
      return CompletableFuture.supplyAsync(work::run, pool).thenCompose(f -> f);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          failures.failure(ErrorKind.INVALID, verb, object, "the store is closed. Open it anew"));
    }
  }

  /** Describes a store that differs from the default. Not thread-safe. */
  public static final class Builder {
    private final Path directory;
    private KmeshTime time = SystemTime.INSTANCE;
    private Observer observer = Observer.NONE;
    private LongSupplier generations = () -> ThreadLocalRandom.current().nextLong();
    private @Nullable StoreFiles files;

    private Builder(Path directory) {
      this.directory = directory;
    }

    /** The clock of last-modified times; the machine's by default. */
    public Builder time(KmeshTime value) {
      this.time = value;
      return this;
    }

    /** Who is told the counters {@code store.puts}, {@code store.commits}, {@code store.fsyncs}. */
    public Builder observer(Observer value) {
      this.observer = value;
      return this;
    }

    /** Stands in for random numbers in tests of the format. */
    Builder generations(LongSupplier value) {
      this.generations = value;
      return this;
    }

    /** Stands in for the file system in tests of crashes. */
    Builder files(StoreFiles value) {
      this.files = value;
      return this;
    }

    /** Opens the store. */
    public DirectoryStore open() throws IOException {
      return new DirectoryStore(this);
    }
  }
}
