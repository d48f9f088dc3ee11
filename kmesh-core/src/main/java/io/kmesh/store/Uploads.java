// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * The uploads in parts of a store. Calls block but for {@link #complete} and {@link #abort}.
 * Thread-safe.
 */
final class Uploads {
  private static final String COMPLETE = "complete the upload of";

  private final StoreFiles files;
  private final StoreLayout layout;
  private final Staging staging;
  private final Committer committer;
  private final StoreFiles.Exclusive lock;
  private final StoreFailures failures;
  private final StoreChecks checks;
  private final ObjectWriter writer;
  private final KmeshTime time;
  private final LongSupplier random;
  private final ConcurrentMap<String, UploadFolder> folders = new ConcurrentHashMap<>();

  Uploads(
      StoreFiles files,
      StoreLayout layout,
      Staging staging,
      Committer committer,
      StoreFiles.Exclusive lock,
      StoreFailures failures,
      StoreChecks checks,
      ObjectWriter writer,
      KmeshTime time,
      LongSupplier random) {
    this.files = files;
    this.layout = layout;
    this.staging = staging;
    this.committer = committer;
    this.lock = lock;
    this.failures = failures;
    this.checks = checks;
    this.writer = writer;
    this.time = time;
    this.random = random;
  }

  /** Deletes what completed and aborted uploads left behind. The caller holds the store's lock. */
  static void collect(StoreFiles files, Path uploads) throws IOException {
    List<String> names = new ArrayList<>();
    files.list(uploads, names::add);
    for (String name : names) {
      Path folder = uploads.resolve(name);
      if (isId(name) && !files.exists(folder.resolve("data"))) {
        Staging.deleteTree(files, folder);
      }
    }
  }

  Upload start(String key, Map<String, String> metadata) throws ProviderException {
    String id =
        HexFormat.of().toHexDigits(random.getAsLong())
            + HexFormat.of().toHexDigits(random.getAsLong());
    Path draft = staging.next();
    Path folder = layout.uploads().resolve(id);
    try {
      files.makeDirectory(draft);
      try (StoreFiles.Handle log = files.create(draft.resolve("log"))) {
        log.write(0, UploadLog.start(key, metadata));
        log.sync();
      }
      files.create(draft.resolve("data")).close();
      files.syncDirectory(draft);
      files.rename(draft, folder);
      files.syncDirectory(layout.uploads());
    } catch (IOException e) {
      throw failures.ofRead("start an upload of", key, e);
    }
    folders.put(id, new UploadFolder(files, folder, UploadFolder.Origin.HERE));
    return new Upload(key, id);
  }

  UploadPart part(Upload upload, int number, ByteBuffer body) throws ProviderException {
    String verb = "upload a part of";
    UploadFolder folder = find(verb, upload);
    folder.lock().readLock().lock();
    try {
      int size = body.remaining();
      Sha256 sha256 = Assembly.sha256(body);
      long generation = random.getAsLong();
      Long place = folder.claim(number, size).orElse(null);
      UploadLog.Part part;
      if (place != null) {
        try (StoreFiles.Handle data = files.openToWrite(folder.data())) {
          data.write(place, body.duplicate());
          data.sync();
        }
        part = new UploadLog.Part(number, size, sha256, generation, place, "");
      } else {
        String name = "part-" + number + "-" + HexFormat.of().toHexDigits(generation);
        try (StoreFiles.Handle own = files.create(folder.folder().resolve(name))) {
          own.write(0, body.duplicate());
          own.sync();
        }
        files.syncDirectory(folder.folder());
        part = new UploadLog.Part(number, size, sha256, generation, UploadLog.ELSEWHERE, name);
      }
      folder.append(part, lock);
      if (place != null) {
        folder.digest().written(part, body, (early, into) -> readBack(folder, early, into));
      }
      if (!folder.isOpen()) {
        throw gone(verb, upload);
      }
      return part.view();
    } catch (NoSuchFileException e) {
      throw folder.isOpen() ? failures.ofRead(verb, upload.key(), e) : gone(verb, upload);
    } catch (ObjectTrailer.DamageException e) {
      throw corrupt(verb, upload, e);
    } catch (IOException e) {
      throw failures.ofRead(verb, upload.key(), e);
    } finally {
      folder.lock().readLock().unlock();
    }
  }

  private void readBack(UploadFolder folder, UploadLog.Part part, MessageDigest into)
      throws IOException {
    try (StoreFiles.Handle data = files.openToRead(folder.data())) {
      PartsDigest.read(data, part, into);
    }
  }

  List<UploadPart> parts(Upload upload) throws ProviderException {
    String verb = "list the parts of";
    return read(verb, upload, find(verb, upload)).parts().values().stream()
        .map(UploadLog.Part::view)
        .toList();
  }

  List<OpenUpload> list(String prefix) throws ProviderException {
    List<String> names = new ArrayList<>();
    try {
      files.list(layout.uploads(), names::add);
    } catch (IOException e) {
      throw failures.ofRead("list the uploads of", prefix, e);
    }
    Collections.sort(names);
    List<OpenUpload> uploads = new ArrayList<>();
    for (String id : names) {
      UploadFolder folder =
          new UploadFolder(files, layout.uploads().resolve(id), UploadFolder.Origin.ELSEWHERE);
      if (isId(id) && folder.isOpen()) {
        try {
          String key = folder.readLog().key();
          if (key.startsWith(prefix)) {
            uploads.add(
                new OpenUpload(new Upload(key, id), files.written(folder.logFile()).orElse(null)));
          }
        } catch (NoSuchFileException e) {
          continue; // it ended meanwhile
        } catch (ObjectTrailer.DamageException e) {
          throw failures.corrupt("list the upload " + id + " of", prefix, damage(e));
        } catch (IOException e) {
          throw failures.ofRead("list the uploads of", prefix, e);
        }
      }
    }
    return List.copyOf(uploads);
  }

  CompletableFuture<Void> abort(Upload upload) {
    if (!isId(upload.id())) {
      return CompletableFuture.completedFuture(null);
    }
    UploadFolder folder;
    try {
      folder = find("abort the upload of", upload);
    } catch (ProviderException e) {
      return e.kind() == ErrorKind.NOT_FOUND
          ? CompletableFuture.completedFuture(null)
          : CompletableFuture.failedFuture(e);
    }
    return committer
        .submit(
            new Committer.Change<UploadFolder>() {
              @Override
              public Optional<Path> directory() {
                return Optional.empty();
              }

              @Override
              public IOException unprepared(IOException cause) {
                return failures.ofRead("abort the upload of", upload.key(), cause);
              }

              @Override
              public UploadFolder make(Commit commit) throws IOException {
                files.delete(folder.data());
                commit.touched(folder.folder());
                return folder;
              }

              @Override
              public IOException unknown(IOException cause) {
                return failures.ofMutation("abort the upload of", upload.key(), cause);
              }
            })
        .thenAccept(f -> drop(upload.id(), f));
  }

  CompletableFuture<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    UploadFolder folder;
    Joined joined;
    try {
      folder = find(COMPLETE, upload);
      if (!folder.beginCompletion()) {
        throw failures.failure(
            ErrorKind.TRANSIENT,
            COMPLETE,
            upload.key(),
            "another call completes it now. Wait for that one");
      }
      try {
        joined = join(folder, upload, parts, options);
      } catch (ProviderException | RuntimeException e) {
        folder.endCompletion();
        throw e;
      }
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
    return committer
        .submit(new Publication(upload, folder, joined, options))
        .whenComplete(
            (info, failure) -> {
              folder.endCompletion();
              if (failure == null) {
                drop(upload.id(), folder);
              } else if (!joined.inPlace) {
                writer.discard(joined.file);
              }
            });
  }

  private record Joined(Path file, boolean inPlace, ObjectTrailer trailer) {}

  private final class Publication implements Committer.Change<ObjectInfo> {
    private final Upload upload;
    private final UploadFolder folder;
    private final Joined joined;
    private final PutOptions options;

    Publication(Upload upload, UploadFolder folder, Joined joined, PutOptions options) {
      this.upload = upload;
      this.folder = folder;
      this.joined = joined;
      this.options = options;
    }

    @Override
    public Optional<Path> directory() {
      return Optional.ofNullable(layout.object(upload.key()).getParent());
    }

    @Override
    public IOException unprepared(IOException cause) {
      return failures.ofRead(COMPLETE, upload.key(), cause);
    }

    @Override
    public ObjectInfo make(Commit commit) throws IOException {
      if (!folder.isOpen()) {
        throw gone(COMPLETE, upload);
      }
      writer.check(COMPLETE, upload.key(), options.condition());
      try {
        commit.publish(joined.file, layout.object(upload.key()));
      } catch (IOException e) {
        throw failures.ofRead(COMPLETE, upload.key(), e);
      }
      if (!joined.inPlace) {
        files.delete(folder.data());
      }
      commit.touched(folder.folder());
      return joined.trailer.info();
    }

    @Override
    public IOException unknown(IOException cause) {
      return failures.ofMutation(COMPLETE, upload.key(), cause);
    }
  }

  /** Makes the object's whole file of the parts. */
  private Joined join(
      UploadFolder folder, Upload upload, List<UploadPart> parts, PutOptions options)
      throws ProviderException {
    folder.lock().writeLock().lock();
    try {
      UploadLog log = read(COMPLETE, upload, folder);
      String key = upload.key();
      checks.completeMetadata(key, options, log.metadata());
      checks.parts(key, parts, log.parts().values().stream().map(UploadLog.Part::view).toList());
      List<UploadLog.Part> chosen = new ArrayList<>();
      for (UploadPart part : parts) {
        UploadLog.Part held = log.parts().get(part.number());
        if (held != null) {
          chosen.add(held);
        }
      }
      boolean inPlace = folder.canJoinInPlace(chosen, log);
      Path file = inPlace ? folder.data() : staging.next();
      try (StoreFiles.Handle target = inPlace ? files.openToWrite(file) : files.create(file)) {
        Assembly.Parts verified =
            options.sha256().isPresent() ? Assembly.Parts.TRUST : Assembly.Parts.VERIFY;
        Assembly assembly;
        long size;
        if (inPlace) {
          PartsDigest.Prefix prefix = folder.digest().prefix(chosen);
          assembly = new Assembly(verified, prefix.digest());
          size = joinInPlace(folder, chosen, prefix, target, assembly);
        } else {
          assembly = new Assembly(verified);
          size = joinByCopy(folder, chosen, target, assembly);
        }
        Sha256 sha256 = assembly.sha256();
        checks.checksum(COMPLETE, key, options, sha256);
        ObjectTrailer trailer =
            new ObjectTrailer(
                key,
                size,
                new BodyChecksum.OfSha256(sha256),
                random.getAsLong(),
                time.now(),
                log.metadata());
        target.truncate(size);
        target.write(size, ByteBuffer.wrap(trailer.encode()));
        target.sync();
        return new Joined(file, inPlace, trailer);
      } catch (ObjectTrailer.DamageException e) {
        if (!inPlace) {
          writer.discard(file);
        }
        throw corrupt(COMPLETE, upload, e);
      } catch (IOException e) {
        if (!inPlace) {
          writer.discard(file);
        }
        throw failures.ofRead(COMPLETE, key, e);
      }
    } finally {
      folder.lock().writeLock().unlock();
    }
  }

  private long joinInPlace(
      UploadFolder folder,
      List<UploadLog.Part> parts,
      PartsDigest.Prefix prefix,
      StoreFiles.Handle data,
      Assembly assembly)
      throws IOException, ObjectTrailer.DamageException {
    long at = prefix.size();
    for (UploadLog.Part part : parts.subList(prefix.parts(), parts.size())) {
      if (part.offset() == UploadLog.ELSEWHERE) {
        try (StoreFiles.Handle own = files.openToRead(folder.folder().resolve(part.file()))) {
          assembly.copyAndHash(own, 0, part.size(), part.sha256(), data, at);
        }
      } else {
        assembly.hash(data, at, part.size(), part.sha256());
      }
      at += part.size();
    }
    return at;
  }

  private long joinByCopy(
      UploadFolder folder, List<UploadLog.Part> parts, StoreFiles.Handle target, Assembly assembly)
      throws IOException, ObjectTrailer.DamageException {
    long at = 0;
    try (StoreFiles.Handle data = files.openToRead(folder.data())) {
      for (UploadLog.Part part : parts) {
        if (part.offset() == UploadLog.ELSEWHERE) {
          try (StoreFiles.Handle own = files.openToRead(folder.folder().resolve(part.file()))) {
            assembly.copyAndHash(own, 0, part.size(), part.sha256(), target, at);
          }
        } else {
          assembly.copyAndHash(data, part.offset(), part.size(), part.sha256(), target, at);
        }
        at += part.size();
      }
    }
    return at;
  }

  private UploadFolder find(String verb, Upload upload) throws ProviderException {
    if (!isId(upload.id())) {
      throw gone(verb, upload);
    }
    UploadFolder folder =
        folders.computeIfAbsent(
            upload.id(),
            id ->
                new UploadFolder(
                    files, layout.uploads().resolve(id), UploadFolder.Origin.ELSEWHERE));
    if (!folder.isOpen()) {
      folders.remove(upload.id());
      throw gone(verb, upload);
    }
    if (!read(verb, upload, folder).key().equals(upload.key())) {
      throw gone(verb, upload);
    }
    return folder;
  }

  private UploadLog read(String verb, Upload upload, UploadFolder folder) throws ProviderException {
    try {
      return folder.readLog();
    } catch (NoSuchFileException e) {
      throw gone(verb, upload);
    } catch (ObjectTrailer.DamageException e) {
      throw corrupt(verb, upload, e);
    } catch (IOException e) {
      throw failures.ofRead(verb, upload.key(), e);
    }
  }

  // What stays behind after a failure is collected when the store is opened again.
  private void drop(String id, UploadFolder folder) {
    folders.remove(id);
    try {
      Staging.deleteTree(files, folder.folder());
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(Uploads.class)
          .debug("The ended upload {} left files behind.", id, e);
    }
  }

  private ProviderException gone(String verb, Upload upload) {
    return failures.failure(
        ErrorKind.NOT_FOUND,
        verb,
        upload.key(),
        "its upload " + upload.id() + " does not exist (any more). Start a new one");
  }

  private ProviderException corrupt(
      String verb, Upload upload, ObjectTrailer.DamageException damage) {
    return failures.failure(
        ErrorKind.CORRUPT,
        verb,
        upload.key(),
        damage(damage) + ". Abort the upload " + upload.id() + " and start a new one");
  }

  private static String damage(ObjectTrailer.DamageException e) {
    return String.valueOf(e.getMessage());
  }

  private static boolean isId(String name) {
    return name.length() == 32
        && name.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }
}
