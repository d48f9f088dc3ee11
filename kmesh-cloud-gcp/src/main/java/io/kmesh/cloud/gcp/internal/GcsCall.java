// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * A request, and how its failure is told.
 *
 * @param verb what is done, such as {@code put}
 * @param object to what: mostly a key
 * @param isRead whether it changes nothing
 * @param request without the token
 */
record GcsCall(String verb, String object, boolean isRead, Request.Builder request) {
  static GcsCall get(String verb, String object, HttpUrl.Builder url) {
    return new GcsCall(verb, object, true, new Request.Builder().url(url.build()).get());
  }

  static GcsCall post(String verb, String object, HttpUrl.Builder url, @Nullable RequestBody body) {
    RequestBody sent = body == null ? RequestBody.create(new byte[0]) : body;
    return new GcsCall(verb, object, false, new Request.Builder().url(url.build()).post(sent));
  }

  static GcsCall delete(String verb, String object, HttpUrl.Builder url) {
    return new GcsCall(verb, object, false, new Request.Builder().url(url.build()).delete());
  }
}
