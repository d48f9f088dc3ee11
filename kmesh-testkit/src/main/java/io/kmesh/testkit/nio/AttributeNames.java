// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Attributes by name, as {@code view:one,two} or {@code view:*}. */
final class AttributeNames {
  private static final Set<String> STAT_VIEWS = Set.of("basic", "owner", "posix", "unix");

  private final String view;
  private final List<String> names;

  AttributeNames(String text) {
    int colon = text.indexOf(':');
    this.view = colon < 0 ? "basic" : text.substring(0, colon);
    this.names = Arrays.asList(text.substring(colon + 1).split(",", -1));
  }

  Map<String, Object> read(TreePath path, boolean follow) throws IOException {
    if (view.equals("user")) {
      return readUser(new TreeUserAttributes(path, follow));
    }
    requireStatView();
    Map<String, Object> all = new TreeViews(path, follow, view).readAttributes().byName(view);
    if (names.contains("*")) {
      return all;
    }
    Map<String, Object> some = new LinkedHashMap<>();
    for (String name : names) {
      Object value = all.get(name);
      if (value == null) {
        throw new IllegalArgumentException("There is no attribute " + view + ":" + name + ".");
      }
      some.put(name, value);
    }
    return some;
  }

  private Map<String, Object> readUser(TreeUserAttributes user) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String name : names.contains("*") ? user.list() : names) {
      values.put(name, user.value(name));
    }
    return values;
  }

  void set(TreePath path, boolean follow, @Nullable Object value) throws IOException {
    String name = names.get(0);
    if (!view.equals("user")) {
      requireStatView();
      new TreeViews(path, follow, view).set(name, value);
    } else if (value instanceof byte[] bytes) {
      new TreeUserAttributes(path, follow).write(name, ByteBuffer.wrap(bytes));
    } else if (value instanceof ByteBuffer buffer) {
      new TreeUserAttributes(path, follow).write(name, buffer);
    } else {
      throw new IllegalArgumentException(
          "The value of user:" + name + " is bytes, not " + value + ".");
    }
  }

  private void requireStatView() {
    if (!STAT_VIEWS.contains(view)) {
      throw new UnsupportedOperationException("There is no view " + view + ".");
    }
  }
}
