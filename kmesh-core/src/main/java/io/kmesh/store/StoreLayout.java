// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The folders of a store.
 *
 * @param root the store's directory, absolute
 */
record StoreLayout(Path root) {
  private static final String MARKER = "kmesh directory store\nformat 0\n";
  private static final Set<String> OWN_NAMES =
      Set.of("kmesh-store", "kmesh-store.new", "lock", "objects", "staging", "uploads");

  Path objects() {
    return root.resolve("objects");
  }

  Path staging() {
    return root.resolve("staging");
  }

  Path uploads() {
    return root.resolve("uploads");
  }

  Path lock() {
    return root.resolve("lock");
  }

  private Path marker() {
    return root.resolve("kmesh-store");
  }

  /** The file of a key. */
  Path object(String key) {
    Path path = objects();
    for (String name : KeyPaths.names(key)) {
      path = path.resolve(name);
    }
    return path;
  }

  /** Makes the root where it is missing; its parent must be there. */
  void prepareRoot(StoreFiles files) throws IOException {
    if (files.exists(root)) {
      return;
    }
    Path parent = root.getParent();
    if (parent == null || !files.exists(parent)) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot open the store at "
              + root
              + ": the directory above does not exist. Make it, or"
              + " mount what belongs there.");
    }
    try {
      files.makeDirectory(root);
    } catch (FileAlreadyExistsException e) {
      return; // another process was quicker
    }
    files.syncDirectory(parent);
  }

  /**
   * Makes what is missing in an empty root; refuses a root that holds anything else. The caller
   * holds the store's lock.
   */
  void prepare(StoreFiles files) throws IOException {
    if (files.exists(marker())) {
      checkMarker(files);
      // A crash may have left out what the marker promises: nothing of it can hold objects then.
      makeFolders(files);
      return;
    }
    List<String> names = new ArrayList<>();
    files.list(root, names::add);
    if (files.exists(objects())) {
      files.list(objects(), n -> names.add("objects/" + n));
    }
    names.removeAll(OWN_NAMES);
    if (!names.isEmpty()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open the store at "
              + root
              + ": it has no file kmesh-store and is not empty (it"
              + " holds "
              + names.get(0)
              + "). Name an empty directory or a store.");
    }
    makeFolders(files);
    Path draft = root.resolve("kmesh-store.new");
    files.delete(draft);
    try (StoreFiles.Handle handle = files.create(draft)) {
      handle.write(0, ByteBuffer.wrap(MARKER.getBytes(StandardCharsets.US_ASCII)));
      handle.sync();
    }
    files.rename(draft, marker());
    files.syncDirectory(root);
  }

  private void makeFolders(StoreFiles files) throws IOException {
    boolean made = false;
    for (Path folder : List.of(objects(), staging(), uploads())) {
      if (!files.exists(folder)) {
        files.makeDirectory(folder);
        made = true;
      }
    }
    if (made) {
      files.syncDirectory(root);
    }
  }

  private void checkMarker(StoreFiles files) throws IOException {
    byte[] found = new byte[256];
    int length;
    try (StoreFiles.Handle handle = files.openToRead(marker())) {
      length = handle.read(ByteBuffer.wrap(found), 0);
    } catch (NoSuchFileException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot open the store at " + root + ": its marker vanished. Try again.",
          e);
    }
    String text = new String(found, 0, length, StandardCharsets.ISO_8859_1);
    if (text.equals(MARKER)) {
      return;
    }
    if (text.startsWith("kmesh directory store\nformat ")) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open the store at "
              + root
              + ": its format is "
              + text.substring("kmesh directory store\nformat ".length()).strip()
              + " and this build reads 0. Use the build that wrote it, or a newer one.");
    }
    throw new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot open the store at "
            + root
            + ": its file kmesh-store is damaged or foreign. Compare"
            + " it with docs/format/directory-store.md.");
  }
}
