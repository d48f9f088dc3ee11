// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Brings a lost index up from the objects' metadata. */
final class IndexRebuild {
  private final MirrorObjects objects;
  private final MirrorIndex index;

  IndexRebuild(MirrorObjects objects, MirrorIndex index) {
    this.objects = objects;
    this.index = index;
  }

  long run() throws IOException {
    long found = 0;
    ListRequest request = ListRequest.prefix(objects.full(""));
    while (true) {
      ListPage page = objects.list(Retrier.Check.NONE, request);
      for (ObjectInfo listed : page.objects()) {
        Optional<String> key = objects.relative(listed.key());
        if (key.isPresent()
            && !key.get().startsWith(MirrorKeys.SIDE)
            && !key.get().startsWith(MirrorKeys.KEPT)
            && take(key.get())) {
          found++;
        }
      }
      if (page.nextAfter().isEmpty()) {
        return found;
      }
      request = request.following(page);
    }
  }

  private boolean take(String key) throws IOException {
    Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
    if (info.isEmpty()) {
      return false;
    }
    MirrorAttributes attributes;
    try {
      attributes = objects.attributes(Retrier.Check.NONE, key, info.get());
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.INVALID || e.kind() == ErrorKind.CORRUPT) {
        return false;
      }
      throw e;
    }
    Optional<Fid> fid = attributes.fid();
    Optional<Sha256> sha256 = attributes.sha256(MirrorAttributes.SHA256);
    if (fid.isEmpty() || sha256.isEmpty() || !attributes.type().equals("file")) {
      return false;
    }
    MirrorIndex.View view = index.view(fid.get(), key);
    if (view.entry().isPresent() && isOlder(info.get(), key, view.entry().get().value())) {
      return false;
    }
    IndexEntry entry =
        new IndexEntry(
            fid.get(),
            key,
            info.get().etag(),
            attributes.extents().size(),
            sha256.get(),
            info.get().size(),
            attributes.dataVersion().orElse(0L),
            view.entry().map(e -> e.value().archive()).orElse(0),
            attributes.text(MirrorAttributes.ATTEMPT).orElse(""),
            attributes.text(MirrorAttributes.SIDE).orElse(null),
            keptWith(view, key));
    List<StateChange> changes = new ArrayList<>();
    changes.add(index.put(entry, view.entryVersion()));
    changes.add(index.put(key, new IndexJson.Holder(fid.get(), null), view.holderVersion()));
    index.apply(changes);
    return view.entry().isEmpty();
  }

  private boolean isOlder(ObjectInfo info, String key, IndexEntry known) throws IOException {
    if (known.key().equals(key)) {
      return known.etag().equals(info.etag());
    }
    Optional<ObjectInfo> other = objects.find(Retrier.Check.NONE, known.key());
    return other.isPresent()
        && other.get().etag().equals(known.etag())
        && !other.get().lastModified().isBefore(info.lastModified());
  }

  /** A newer object makes the one that was taken before a replaced one. */
  private static List<IndexEntry.Kept> keptWith(MirrorIndex.View view, String key) {
    List<IndexEntry.Kept> kept = new ArrayList<>();
    view.entry()
        .map(MirrorIndex.Versioned::value)
        .ifPresent(
            old -> {
              kept.addAll(old.kept());
              if (!old.key().equals(key)) {
                kept.add(old.asKept());
              }
            });
    return kept;
  }
}
