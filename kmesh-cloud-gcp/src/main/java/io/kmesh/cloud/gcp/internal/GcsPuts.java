// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Writes of whole objects, each in one request that carries metadata and checksum. */
public final class GcsPuts {
  private final GcsClient client;
  private final GcsKeys keys;

  GcsPuts(GcsClient client, GcsKeys keys) {
    this.client = client;
    this.keys = keys;
  }

  /** As the store's put. */
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options)
      throws ProviderException {
    keys.target("put", key, options);
    keys.checks().putSize("put", key, body.remaining());
    Crc32c crc32c = Crc32c.of(body);
    keys.checks().checksum("put", key, options, crc32c);
    return insert(
        "put",
        key,
        key,
        body,
        crc32c,
        resource(key, options.metadata(), options.storageClassOrNull()),
        keys.generation("put", key, options.condition()));
  }

  static ObjectNode resource(
      String name, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    ObjectNode resource = fields(metadata, storageClass);
    resource.put("name", name);
    return resource;
  }

  /** The fields of an object that a caller chooses. */
  static ObjectNode fields(Map<String, String> metadata, @Nullable StorageClass storageClass) {
    ObjectNode resource = JsonNodeFactory.instance.objectNode();
    resource.put("contentType", "application/octet-stream");
    if (!metadata.isEmpty()) {
      ObjectNode all = resource.putObject("metadata");
      metadata.forEach(all::put);
    }
    if (storageClass != null) {
      resource.put("storageClass", storageClass.name());
    }
    return resource;
  }

  /**
   * Inserts an object.
   *
   * @param shown the key that messages name
   * @param generation what must be there; null for anything, 0 for nothing
   */
  CompletionStage<ObjectInfo> insert(
      String verb,
      String shown,
      String name,
      ByteBuffer body,
      Crc32c crc32c,
      ObjectNode resource,
      @Nullable Long generation) {
    resource.put("name", name).put("crc32c", GcsInfos.base64(crc32c));
    HttpUrl.Builder url = client.place().insert().addQueryParameter("uploadType", "multipart");
    GcsKeys.add(url, "ifGenerationMatch", generation);
    url.addQueryParameter("fields", GcsInfos.FIELDS);
    GcsCall call = GcsCall.post(verb, shown, url, GcsBodies.related(resource.toString(), body));
    return client.send(call).thenApply(answer -> made(call, answer, crc32c));
  }

  private ObjectInfo made(GcsCall call, GcsAnswer answer, Crc32c sent) {
    ObjectInfo info = info(client, call, answer);
    if (info.crc32c().isPresent() && !info.crc32c().get().equals(sent)) {
      throw new CompletionException(
          client
              .failures()
              .of(
                  ErrorKind.CORRUPT,
                  call,
                  "the CRC-32C of what it stored is "
                      + info.crc32c().get()
                      + ", not "
                      + sent
                      + " (request "
                      + answer.requestId()
                      + "). Write it again"));
    }
    return info;
  }

  /** The object that an answer describes. */
  static ObjectInfo info(GcsClient client, GcsCall call, GcsAnswer answer) {
    try {
      return GcsInfos.of(answer.json());
    } catch (IOException e) {
      throw new CompletionException(client.failures().unreadable(call, answer, e));
    }
  }
}
