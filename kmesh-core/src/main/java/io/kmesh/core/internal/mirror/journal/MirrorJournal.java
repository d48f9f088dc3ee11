// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is remembered of files under way to, or from, one place. Held by one run at a time. What
 * can't be written down is not remembered, and ends nothing. Thread-safe.
 */
public final class MirrorJournal implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorJournal.class);
  private static final String UPLOAD = "up-";
  private static final String DOWNLOAD = "down-";

  private final RecordFiles files;

  /** Files of which something could not be written: nothing more is added to them. */
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  MirrorJournal(RecordFiles files) {
    this.files = files;
  }

  /**
   * Opens the journal of a place.
   *
   * @param folder where all journals are
   * @param direction {@code push} or {@code pull}
   * @param place what the place is called: its store, its prefix, for a pull its target too
   * @return empty when another run holds it
   */
  public static Optional<MirrorJournal> open(Path folder, String direction, List<String> place)
      throws IOException {
    return NioRecordFiles.open(folder.resolve(direction + "-" + digest(String.join("\n", place))))
        .map(MirrorJournal::new);
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  /** The upload of a key that is remembered. */
  public Optional<UploadRecord> upload(String key) {
    return read(UPLOAD + digest(key))
        .flatMap(UploadRecord::decode)
        .filter(record -> record.key().equals(key));
  }

  /** All uploads that are remembered. */
  public List<UploadRecord> uploads() {
    List<UploadRecord> found = new ArrayList<>();
    for (String name : names(UPLOAD)) {
      read(name).flatMap(UploadRecord::decode).ifPresent(found::add);
    }
    return found;
  }

  /** Remembers an upload, durably; false when that can't be. */
  public boolean begin(UploadRecord upload) {
    String name = UPLOAD + digest(upload.key());
    return made(name, () -> files.create(name, upload.encode()));
  }

  /** Remembers a part of an upload that is remembered. */
  public void add(UploadRecord upload, UploadRecord.Part part) {
    append(UPLOAD + digest(upload.key()), UploadRecord.encode(part));
  }

  /** Forgets the upload of a key. */
  public void forgetUpload(String key) {
    delete(UPLOAD + digest(key));
  }

  /** What is remembered of a file that was being brought. */
  public Optional<DownloadRecord> download(String key) {
    return read(DOWNLOAD + digest(key))
        .flatMap(DownloadRecord::decode)
        .filter(record -> record.key().equals(key));
  }

  /** Remembers a file that is being brought; false when that can't be. */
  public boolean begin(DownloadRecord download) {
    String name = DOWNLOAD + digest(download.key());
    return made(name, () -> files.write(name, download.encode()));
  }

  /** Remembers a range of a file that is remembered. */
  public void add(DownloadRecord download, DownloadRecord.Range range) {
    append(DOWNLOAD + digest(download.key()), DownloadRecord.encode(range));
  }

  /** Forgets a file that was being brought. */
  public void forgetDownload(String key) {
    delete(DOWNLOAD + digest(key));
  }

  /** The keys of all files that were being brought. */
  public List<String> downloads() {
    List<String> found = new ArrayList<>();
    for (String name : names(DOWNLOAD)) {
      read(name).flatMap(DownloadRecord::decode).ifPresent(record -> found.add(record.key()));
    }
    return found;
  }

  private List<String> names(String begin) {
    try {
      return files.names().stream().filter(name -> name.startsWith(begin)).toList();
    } catch (IOException e) {
      LOG.warn("Cannot list the journal of a mirror: {}", e.toString());
      return List.of();
    }
  }

  private Optional<byte[]> read(String name) {
    try {
      return Optional.ofNullable(files.read(name));
    } catch (IOException e) {
      LOG.warn("Cannot read {} of the journal of a mirror: {}", name, e.toString());
      return Optional.empty();
    }
  }

  private interface Making {
    void run() throws IOException;
  }

  private boolean made(String name, Making making) {
    try {
      making.run();
      broken.remove(name);
      return true;
    } catch (IOException e) {
      failed(name, e);
      return false;
    }
  }

  private void append(String name, ByteBuffer record) {
    if (broken.contains(name)) {
      return;
    }
    try {
      // One at a time: a record lies between no other's bytes.
      synchronized (this) {
        files.append(name, record);
      }
    } catch (IOException e) {
      failed(name, e);
    }
  }

  private void failed(String name, IOException e) {
    broken.add(name);
    LOG.warn(
        "Cannot write {} of the journal of a mirror: {}. What is under way would begin anew after"
            + " a crash.",
        name,
        e.toString());
  }

  private void delete(String name) {
    try {
      files.delete(name);
    } catch (IOException e) {
      LOG.warn("Cannot remove {} of the journal of a mirror: {}", name, e.toString());
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
