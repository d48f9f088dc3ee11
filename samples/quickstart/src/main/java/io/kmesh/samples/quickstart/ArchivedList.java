// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Tells the verifier which object of the store holds which file, by the files' own receipts. */
final class ArchivedList {
  private final Lab lab;
  private final FileReceipts receipts;
  private final ObjectMapper json = new ObjectMapper();
  private long entries;

  ArchivedList(Lab lab) {
    this.lab = lab;
    this.receipts = new FileReceipts(lab.cluster().lustre());
  }

  void write(PathBytes root, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        PosixDirectory directory = lab.tree().openDirectory(root)) {
      line(
          out,
          json.createObjectNode().put("archived", "kmesh-quickstart").put("version", 0)
              .put("prefix", ""));
      list(out, directory, PathBytes.EMPTY);
      line(out, json.createObjectNode().put("end", true).put("entries", entries));
    }
  }

  private void list(BufferedWriter out, PosixDirectory directory, PathBytes path)
      throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          PathBytes child = path.resolve(entry.name());
          switch (directory.stat(entry.name()).type()) {
            case DIRECTORY -> {
              try (PosixDirectory below = directory.openDirectory(entry.name())) {
                list(out, below, child);
              }
            }
            case REGULAR -> {
              Optional<ArchiveReceipt> receipt =
                  receipts.read(lab.cluster().lustre().identity().fid(directory, entry.name()));
              if (receipt.isPresent()) {
                line(
                    out,
                    json.createObjectNode()
                        .put("path", Base64.getEncoder().encodeToString(child.toBytes()))
                        .put("key", receipt.get().key()));
                entries++;
              }
            }
            default -> {}
          }
        }
      }
    }
  }

  private void line(BufferedWriter out, ObjectNode node) throws IOException {
    out.write(json.writeValueAsString(node));
    out.newLine();
  }
}
