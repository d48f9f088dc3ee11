// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/** What the run has done, kept so that the same command goes on after a kill. Not thread-safe. */
final class Journal {
  private final Path file;
  private final Properties values = new Properties();

  Journal(Path file) throws IOException {
    this.file = file;
    if (Files.exists(file)) {
      try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        values.load(in);
      }
    }
  }

  long number(String name, long otherwise) {
    String value = values.getProperty(name);
    return value == null ? otherwise : Long.parseLong(value);
  }

  String text(String name, String otherwise) {
    return values.getProperty(name, otherwise);
  }

  boolean isDone(Step step) {
    return values.containsKey(step.title() + ".done");
  }

  void set(String name, Object value) {
    values.setProperty(name, value.toString());
  }

  void add(String name, long delta) {
    set(name, number(name, 0) + delta);
  }

  /** Writes all values durably, at once. */
  void save() throws IOException {
    StringWriter text = new StringWriter();
    values.store(text, null);
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    Files.writeString(draft, text.toString(), StandardCharsets.UTF_8);
    try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
