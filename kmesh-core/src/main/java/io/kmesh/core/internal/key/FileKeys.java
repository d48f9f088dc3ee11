// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.key;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a key file. Thread-safe; changes of other processes are seen when a key is missed.
 */
public final class FileKeys implements KeyProvider {
  private final KeyFileIo io;
  private final KmeshTime time;
  private final KeySealer sealer = new KeySealer();
  private final SecureRandom random = new SecureRandom();
  private List<FileKey> keys; // guarded by this
  private boolean isClosed; // guarded by this

  private FileKeys(KeyFileIo io, KmeshTime time, List<FileKey> keys) {
    this.io = io;
    this.time = time;
    this.keys = keys;
  }

  /** Opens a key file. */
  public static FileKeys open(Path file, KmeshTime time) throws IOException {
    KeyFileIo io = new KeyFileIo(file.toAbsolutePath().normalize());
    return new FileKeys(io, time, io.read());
  }

  /** Creates a key file without keys. */
  public static FileKeys create(Path file, KmeshTime time) throws IOException {
    KeyFileIo io = new KeyFileIo(file.toAbsolutePath().normalize());
    io.create();
    return new FileKeys(io, time, List.of());
  }

  @Override
  public String description() {
    return "key file " + io.path();
  }

  @Override
  public WrappedKey wrap(KeyReference reference, SecretBytes dataKey, byte[] associatedData)
      throws IOException {
    FileKey key = find(k -> k.name().equals(reference.name()));
    if (key == null) {
      throw missing("wrap a data key with", reference.name());
    }
    return sealer.wrap(key, dataKey, associatedData);
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, byte[] associatedData) throws IOException {
    String name = wrapped.reference().name();
    FileKey key =
        find(
            k ->
                k.name().equals(name)
                    && Integer.toString(k.version()).equals(wrapped.keyVersion()));
    if (key == null) {
      throw missing("unwrap a data key of", name + " version " + wrapped.keyVersion());
    }
    return sealer.unwrap(key, wrapped, associatedData);
  }

  private ProviderException missing(String verb, String key) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot "
            + verb
            + " "
            + key
            + ": the key file "
            + io.path()
            + " does not hold it. Name the key file that does.");
  }

  /** The last key that matches: of several versions, the current one. */
  private synchronized @Nullable FileKey find(Predicate<FileKey> filter) throws IOException {
    requireOpen();
    FileKey found = last(keys, filter);
    if (found == null) {
      keep(io.read()); // another process may have added it
      found = last(keys, filter);
    }
    return found;
  }

  private static @Nullable FileKey last(List<FileKey> keys, Predicate<FileKey> filter) {
    FileKey found = null;
    for (FileKey key : keys) {
      found = filter.test(key) ? key : found;
    }
    return found;
  }

  /** The old secrets are left to who uses them now. */
  private void keep(List<FileKey> fresh) {
    keys = fresh;
  }

  private void requireOpen() throws ProviderException {
    if (isClosed) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot use the key file " + io.path() + ": it was closed. Open it again.");
    }
  }

  /**
   * Makes a new key.
   *
   * @throws ProviderException EXISTS when the name is taken, INVALID when it can't be one
   */
  public synchronized KeyReference make(String name) throws IOException {
    requireOpen();
    if (!KeyFileCodec.NAME.matcher(name).matches()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot make a key of that name: 1 to 64 of A-Z a-z 0-9 . _ - are allowed. Choose"
              + " another.");
    }
    keep(
        io.change(
            old -> {
              if (last(old, k -> k.name().equals(name)) != null) {
                throw new ProviderException(
                    ErrorKind.EXISTS,
                    "Cannot make the key "
                        + name
                        + ": the key file "
                        + io.path()
                        + " holds one of that name. Use it, rotate it, or choose another name.");
              }
              return with(old, name, 1);
            }));
    return new KeyReference(name);
  }

  /**
   * Makes a new version of a key, which wraps from now on; older ones unwrap.
   *
   * @return the new version
   * @throws ProviderException NOT_FOUND when there is no such key
   */
  public synchronized int rotate(String name) throws IOException {
    requireOpen();
    int[] version = new int[1];
    keep(
        io.change(
            old -> {
              FileKey current = last(old, k -> k.name().equals(name));
              if (current == null) {
                throw missing("rotate", name);
              }
              version[0] = current.version() + 1;
              return with(old, name, version[0]);
            }));
    return version[0];
  }

  /**
   * Destroys a version of a key that is not its current one. What it wrapped can't be opened any
   * more.
   *
   * @throws ProviderException NOT_FOUND when there is none, PRECONDITION when it is the current one
   */
  public synchronized void destroy(String name, int version) throws IOException {
    requireOpen();
    keep(
        io.change(
            old -> {
              FileKey current = last(old, k -> k.name().equals(name));
              List<FileKey> left = new ArrayList<>(old);
              if (!left.removeIf(k -> k.name().equals(name) && k.version() == version)) {
                throw missing("destroy", name + " version " + version);
              }
              if (current != null && current.version() == version) {
                throw new ProviderException(
                    ErrorKind.PRECONDITION,
                    "Cannot destroy "
                        + name
                        + " version "
                        + version
                        + ": it is the current one. Rotate the key first.");
              }
              return left;
            }));
  }

  private List<FileKey> with(List<FileKey> old, String name, int version) {
    byte[] secret = new byte[FileKey.SIZE];
    random.nextBytes(secret);
    List<FileKey> fresh = new ArrayList<>(old);
    fresh.add(
        new FileKey(
            name, version, time.now().truncatedTo(ChronoUnit.SECONDS), SecretBytes.copyOf(secret)));
    Arrays.fill(secret, (byte) 0);
    return fresh;
  }

  /** The names of the keys, sorted. */
  public synchronized List<KeyReference> names() throws IOException {
    requireOpen();
    return keys.stream().map(FileKey::name).distinct().sorted().map(KeyReference::new).toList();
  }

  /** Wipes the keys from memory. */
  @Override
  public synchronized void close() {
    isClosed = true;
    for (FileKey key : keys) {
      key.secret().close();
    }
    keys = List.of();
  }
}
