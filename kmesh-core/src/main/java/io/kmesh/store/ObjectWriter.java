// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes whole files beside the objects, synced, and hands them to the committer. Staging blocks;
 * the returned futures complete with the commit. Thread-safe.
 */
final class ObjectWriter {
  private final StoreFiles files;
  private final StoreLayout layout;
  private final Staging staging;
  private final Committer committer;
  private final StoreFailures failures;
  private final StoreChecks checks;
  private final KmeshTime time;
  private final LongSupplier generations;

  ObjectWriter(
      StoreFiles files,
      StoreLayout layout,
      Staging staging,
      Committer committer,
      StoreFailures failures,
      StoreChecks checks,
      KmeshTime time,
      LongSupplier generations) {
    this.files = files;
    this.layout = layout;
    this.staging = staging;
    this.committer = committer;
    this.failures = failures;
    this.checks = checks;
    this.time = time;
    this.generations = generations;
  }

  CompletableFuture<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    Path file = staging.next();
    try {
      ObjectTrailer trailer =
          trailer(key, body.remaining(), received(key, body, options), options.metadata());
      try (StoreFiles.Handle handle = files.create(file)) {
        handle.write(0, body.duplicate(), ByteBuffer.wrap(trailer.encode()));
        handle.sync();
      }
      return publish("put", file, trailer, options.condition());
    } catch (IOException e) {
      discard(file);
      return CompletableFuture.failedFuture(failures.ofRead("put", key, e));
    }
  }

  private BodyChecksum received(String key, ByteBuffer body, PutOptions options)
      throws ProviderException {
    if (options.crc32c().isPresent()) {
      Crc32c crc32c = Crc32c.of(body);
      checks.checksum("put", key, options, crc32c);
      if (options.sha256().isEmpty()) {
        return new BodyChecksum.OfCrc32c(crc32c);
      }
    }
    Sha256 sha256 = Assembly.sha256(body);
    checks.checksum("put", key, options, sha256);
    return new BodyChecksum.OfSha256(sha256);
  }

  CompletableFuture<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    Path file = staging.next();
    try (ObjectFile object =
        ObjectFile.open(files, layout.object(source), "copy", source, failures)) {
      ObjectTrailer from = object.trailer();
      checks.condition("copy", source, sourceCondition, from.info().etag());
      Assembly assembly = new Assembly(Assembly.Parts.TRUST);
      ObjectTrailer trailer;
      try (StoreFiles.Handle handle = files.create(file)) {
        Sha256 sha256 = assembly.copy(object.handle(), from.size(), from.checksum(), handle);
        checks.checksum("copy", source, options, sha256);
        trailer =
            trailer(
                target,
                from.size(),
                new BodyChecksum.OfSha256(sha256),
                options.metadata().isEmpty() ? from.metadata() : options.metadata());
        handle.write(from.size(), ByteBuffer.wrap(trailer.encode()));
        handle.sync();
      }
      return publish("copy to", file, trailer, options.condition());
    } catch (NoSuchFileException e) {
      discard(file);
      return CompletableFuture.failedFuture(notFound("copy", source));
    } catch (ObjectTrailer.DamageException e) {
      discard(file);
      return CompletableFuture.failedFuture(
          failures.corrupt("copy", source, String.valueOf(e.getMessage())));
    } catch (IOException e) {
      discard(file);
      return CompletableFuture.failedFuture(failures.ofRead("copy", source, e));
    }
  }

  CompletableFuture<DeleteOutcome> delete(DeleteTarget target) {
    String key = target.key();
    return committer.submit(
        new Committer.Change<DeleteOutcome>() {
          @Override
          public Optional<Path> directory() {
            return Optional.empty();
          }

          @Override
          public IOException unprepared(IOException cause) {
            return failures.ofRead("delete", key, cause);
          }

          @Override
          public DeleteOutcome make(Commit commit) throws IOException {
            Path object = layout.object(key);
            if (!(target.condition() instanceof Condition.None)) {
              String etag = etag("delete", key);
              if (etag != null) {
                checks.condition("delete", key, target.condition(), etag);
              }
            }
            try {
              commit.delete(object);
            } catch (IOException e) {
              throw failures.ofRead("delete", key, e);
            }
            return DeleteOutcome.deleted(key);
          }

          @Override
          public IOException unknown(IOException cause) {
            return failures.ofMutation("delete", key, cause);
          }
        });
  }

  private CompletableFuture<ObjectInfo> publish(
      String verb, Path file, ObjectTrailer trailer, Condition condition) {
    String key = trailer.key();
    return committer
        .submit(
            new Committer.Change<ObjectInfo>() {
              @Override
              public Optional<Path> directory() {
                return Optional.ofNullable(layout.object(key).getParent());
              }

              @Override
              public IOException unprepared(IOException cause) {
                return failures.ofRead(verb, key, cause);
              }

              @Override
              public ObjectInfo make(Commit commit) throws IOException {
                check(verb, key, condition);
                try {
                  commit.publish(file, layout.object(key));
                } catch (IOException e) {
                  throw failures.ofRead(verb, key, e);
                }
                return trailer.info();
              }

              @Override
              public IOException unknown(IOException cause) {
                return failures.ofMutation(verb, key, cause);
              }
            })
        .whenComplete(
            (info, failure) -> {
              if (failure != null) {
                discard(file);
              }
            });
  }

  private ObjectTrailer trailer(
      String key, long size, BodyChecksum checksum, Map<String, String> metadata) {
    return new ObjectTrailer(key, size, checksum, generations.getAsLong(), time.now(), metadata);
  }

  /** Checks a condition on what is stored now. The caller holds the store's lock. */
  void check(String verb, String key, Condition condition) throws IOException {
    if (condition instanceof Condition.Absent) {
      if (files.exists(layout.object(key))) {
        checks.condition(verb, key, condition, etagOrDamage(verb, key));
      }
    } else if (condition instanceof Condition.Matches) {
      checks.condition(verb, key, condition, etag(verb, key));
    }
  }

  private String etagOrDamage(String verb, String key) throws IOException {
    try {
      String etag = etag(verb, key);
      return etag == null ? "unknown" : etag;
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT) {
        return DirectoryStore.DAMAGED;
      }
      throw e;
    }
  }

  private @Nullable String etag(String verb, String key) throws IOException {
    try (ObjectFile object = ObjectFile.open(files, layout.object(key), verb, key, failures)) {
      return object.trailer().info().etag();
    } catch (NoSuchFileException | java.nio.file.NotDirectoryException e) {
      return null;
    }
  }

  ProviderException notFound(String verb, String key) {
    return failures.failure(
        ErrorKind.NOT_FOUND, verb, key, "there is no such object. Check the key");
  }

  /** Deletes a staged file; what stays behind is collected when the store is opened again. */
  void discard(Path file) {
    try {
      files.delete(file);
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(ObjectWriter.class)
          .debug("The staged file {} stays until the store is opened again.", file, e);
    }
  }
}
