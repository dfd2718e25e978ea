/* What libmongoc can do at all: the limit of the MongoDB scenarios, and what fills their collection.
 *
 *   mongo_reader create              makes the collection bench.documents
 *   mongo_reader fill N              inserts N documents of about 700 bytes
 *   mongo_reader time                prints the newest time that a majority has, as SECONDS:INCREMENT
 *   mongo_reader stream TIME N       reads N events of the change stream after that time, and looks at each one's length
 *   mongo_reader find                reads the collection by one cursor, and looks at each document's length
 *
 * SHOP_MONGODB is the server. `stream` and `find` print how many bytes they saw.
 */
#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 1000

static void fail(const char *doing, const bson_error_t *error)
{
    fprintf(stderr, "mongo_reader: %s: %s\n", doing, error->message);
    exit(1);
}

static bson_t *make_document(int64_t number)
{
    static const char *words[] = {"gaming", "laptop", "office", "desk", "chair", "lamp", "wireless", "mouse"};
    bson_t *document = bson_new(), category, variants, variant, attributes, tags;
    char text[96], key[4];
    bson_oid_t id;

    bson_oid_init_from_data(&id, (const uint8_t *)"bench0000000");
    for (int place = 0; place < 7; place++)
        id.bytes[11 - place] = (uint8_t)(number >> (8 * place));
    bson_append_oid(document, "_id", -1, &id);
    snprintf(text, sizeof text, "SKU-%09" PRId64, number);
    bson_append_utf8(document, "sku", -1, text, -1);
    snprintf(text, sizeof text, "%s %s %s", words[number % 8], words[number / 8 % 8], words[number / 64 % 8]);
    bson_append_utf8(document, "name", -1, text, -1);
    bson_append_utf8(
        document, "description", -1,
        "A thing of the shop that is described in as many words as such things are, so that a document has the size that "
        "documents usually have",
        -1);
    bson_append_document_begin(document, "category", -1, &category);
    bson_append_int32(&category, "id", -1, (int32_t)(number % 40));
    bson_append_utf8(&category, "name", -1, words[number % 8], -1);
    bson_append_document_end(document, &category);
    bson_append_array_begin(document, "variants", -1, &variants);
    for (int index = 0; index < 3; index++) {
        snprintf(key, sizeof key, "%d", index);
        bson_append_document_begin(&variants, key, -1, &variant);
        snprintf(text, sizeof text, "SKU-%09" PRId64 "-%d", number, index);
        bson_append_utf8(&variant, "id", -1, text, -1);
        bson_append_document_begin(&variant, "attributes", -1, &attributes);
        bson_append_utf8(&attributes, "color", -1, "black", -1);
        bson_append_utf8(&attributes, "size", -1, "XL", -1);
        bson_append_document_end(&variant, &attributes);
        bson_append_double(&variant, "price", -1, (double)(number % 100000) / 100);
        bson_append_bool(&variant, "isActive", -1, index != 1);
        bson_append_document_end(&variants, &variant);
    }
    bson_append_array_end(document, &variants);
    bson_append_array_begin(document, "tags", -1, &tags);
    bson_append_utf8(&tags, "0", -1, words[number % 8], -1);
    bson_append_utf8(&tags, "1", -1, words[number / 8 % 8], -1);
    bson_append_array_end(document, &tags);
    bson_append_bool(document, "isActive", -1, true);
    bson_append_date_time(document, "createdAt", -1, 1767225600000 + number);
    bson_append_date_time(document, "updatedAt", -1, 1767225600000 + number);
    return document;
}

static void create(mongoc_client_t *client)
{
    mongoc_database_t *database = mongoc_client_get_database(client, "bench");
    bson_error_t error;
    mongoc_collection_t *made = mongoc_database_create_collection(database, "documents", NULL, &error);

    if (!made)
        fail("making the collection", &error);
    mongoc_collection_destroy(made);
    mongoc_database_destroy(database);
}

static void fill(mongoc_collection_t *collection, int64_t count)
{
    bson_t *documents[BATCH];
    bson_error_t error;

    for (int64_t start = 0; start < count; start += BATCH) {
        int64_t size = count - start < BATCH ? count - start : BATCH;
        for (int64_t index = 0; index < size; index++)
            documents[index] = make_document(start + index);
        if (!mongoc_collection_insert_many(collection, (const bson_t **)documents, (size_t)size, NULL, NULL, &error))
            fail("filling the collection", &error);
        for (int64_t index = 0; index < size; index++)
            bson_destroy(documents[index]);
    }
}

static void print_time(mongoc_client_t *client)
{
    bson_t *command = BCON_NEW("hello", BCON_INT32(1)), reply;
    bson_error_t error;
    bson_iter_t iterator, found;
    uint32_t seconds, increment;

    if (!mongoc_client_command_simple(client, "admin", command, NULL, &reply, &error))
        fail("asking for the time", &error);
    if (!bson_iter_init(&iterator, &reply) || !bson_iter_find_descendant(&iterator, "lastWrite.majorityOpTime.ts", &found)) {
        fprintf(stderr, "mongo_reader: the server is no replica set\n");
        exit(1);
    }
    bson_iter_timestamp(&found, &seconds, &increment);
    printf("%" PRIu32 ":%" PRIu32 "\n", seconds, increment);
    bson_destroy(&reply);
    bson_destroy(command);
}

static void stream(mongoc_client_t *client, const char *time, int64_t count)
{
    uint32_t seconds, increment;
    mongoc_database_t *database = mongoc_client_get_database(client, "bench");
    bson_t pipeline = BSON_INITIALIZER, *options;
    mongoc_change_stream_t *changes;
    const bson_t *event;
    bson_error_t error;
    const bson_t *reply;
    int64_t seen = 0, bytes = 0;

    if (sscanf(time, "%" SCNu32 ":%" SCNu32, &seconds, &increment) != 2)
        exit(64);
    options = BCON_NEW(
        "startAtOperationTime", BCON_TIMESTAMP(seconds, increment + 1), "fullDocument", BCON_UTF8("updateLookup"));
    changes = mongoc_database_watch(database, &pipeline, options);
    while (seen < count) {
        if (mongoc_change_stream_next(changes, &event)) {
            seen++;
            bytes += event->len;
        } else if (mongoc_change_stream_error_document(changes, &error, &reply)) {
            fail("reading the stream", &error);
        }
    }
    printf("%" PRId64 "\n", bytes);
    mongoc_change_stream_destroy(changes);
    bson_destroy(options);
    mongoc_database_destroy(database);
}

static void find(mongoc_collection_t *collection)
{
    bson_t filter = BSON_INITIALIZER;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, NULL, NULL);
    const bson_t *document;
    bson_error_t error;
    int64_t bytes = 0;

    while (mongoc_cursor_next(cursor, &document))
        bytes += document->len;
    if (mongoc_cursor_error(cursor, &error))
        fail("reading the collection", &error);
    printf("%" PRId64 "\n", bytes);
    mongoc_cursor_destroy(cursor);
}

int main(int count, char **words)
{
    const char *url = getenv("SHOP_MONGODB"), *what = count > 1 ? words[1] : "";
    mongoc_client_t *client;
    mongoc_collection_t *collection;

    mongoc_init();
    client = mongoc_client_new(url ? url : "");
    if (!client)
        return 64;
    collection = mongoc_client_get_collection(client, "bench", "documents");
    if (!strcmp(what, "create") && count == 2)
        create(client);
    else if (!strcmp(what, "fill") && count == 3)
        fill(collection, atoll(words[2]));
    else if (!strcmp(what, "time") && count == 2)
        print_time(client);
    else if (!strcmp(what, "stream") && count == 4)
        stream(client, words[2], atoll(words[3]));
    else if (!strcmp(what, "find") && count == 2)
        find(collection);
    else
        return 64;
    mongoc_collection_destroy(collection);
    mongoc_client_destroy(client);
    mongoc_cleanup();
    return 0;
}
